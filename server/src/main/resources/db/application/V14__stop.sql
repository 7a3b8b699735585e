-- A place where no good release is left may be stopped: this digest must not run there any longer.
ALTER TABLE releases_place ADD COLUMN stop VARCHAR(71);
