// The console works without this file but for two things that browsers do only in scripts: passkeys, and
// pages that stay current. No library, no inline script, nothing from elsewhere.
'use strict';

// A form with data-passkey="create" or "get" is sent with what the authenticator answers to its options.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.addEventListener('submit', async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const said = form.querySelector('[data-said]');
    const say = (text) => { if (said) { said.textContent = text; said.hidden = false; } };
    try {
      const options = JSON.parse(form.dataset.options);
      say('Waiting for your passkey.');
      const credential = form.dataset.passkey === 'create'
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      say('No passkey was used: ' + (error.message || error.name) + '. Nothing was done.');
    }
  });
}

// A page with data-live stays current: whatever is recorded about its subject makes it load its main part again.
const live = document.querySelector('main[data-live]');
if (live && window.EventSource) {
  const events = new EventSource('/events');
  let pending = false;
  const renew = async () => {
    pending = false;
    // Nobody loses what he types or has open, nor a challenge that he is about to answer.
    if (live.contains(document.activeElement) && document.activeElement.closest('form, details')) return;
    const response = await fetch(location.href, { credentials: 'same-origin' });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = page.querySelector('main[data-live]');
    if (fresh && fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes);
  };
  events.addEventListener('entry', () => {
    if (!pending) { pending = true; setTimeout(renew, 300); }
  });
}
