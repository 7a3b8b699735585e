# Reads MODULE/mutants.txt, then PIT's mutations.csv: a line a class that the first names, and one for each mutant that
# lives without a reason. Exit 1 when a class notices too little, a mutant's life is not explained, or an explanation is of
# no use any more.
NR == FNR {
  if ($1 == "class") {
    order[++classes] = $2
    least[$2] = $3
  }
  if ($1 == "lives") explained[$2 " " $3 " " $4] += $5
  next
}
{
  name = $2
  sub(/.*\./, "", name)
  sub(/\$.*/, "", name)
  method = $4
  if (method ~ /^lambda\$/) {
    sub(/^lambda\$/, "", method)
    sub(/\$[0-9]+$/, "", method)
  }
  mutator = $3
  sub(/.*\./, "", mutator)
  sub(/Mutator$/, "", mutator)
  all[name]++
  if ($6 == "KILLED" || $6 == "TIMED_OUT") {
    noticed[name]++
    next
  }
  if (!(name in least)) next
  key = name " " method " " mutator
  if (explained[key] > 0) explained[key]--
  else unexplained[++lives] = name "." method ":" $5 " " mutator " (" tolower($6) ")"
}
END {
  for (i = 1; i <= classes; i++) {
    name = order[i]
    share = all[name] ? 100 * noticed[name] / all[name] : 0
    short = share < least[name]
    bad += short
    printf "mutate: %s %s: %d of %d mutants noticed (%.1f %%)%s\n", module, name, noticed[name], all[name], share, short ? ", less than " least[name] " %" : ""
  }
  for (i = 1; i <= lives; i++) printf "mutate: %s %s lives, and %s/mutants.txt does not say why\n", module, unexplained[i], module
  for (key in explained) if (explained[key] > 0) {
    idle++
    printf "mutate: %s/mutants.txt explains what does not live: %s\n", module, key
  }
  exit bad + lives + idle > 0
}
