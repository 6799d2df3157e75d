# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for hearthd(8)

_hearthd_options() {
  case $1 in
    "") echo "--help --version" ;;
    init) echo "--name --listen --public-name --admin --service --json --help" ;;
    run) echo "--ready-file --log-json --json --help" ;;
    join-link) echo "--account --uses --for --json --help" ;;
    approve-key) echo "--account --release --root-key --for --json --help" ;;
    backup) echo "--no-blobs --json --help" ;;
    make-installer) echo "--account --link --uses --for --unattended --output --json --help" ;;
    *) echo "--json --help" ;;
  esac
}

_hearthd() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command="" i
  local commands="init run join-link token approve-key backup make-installer"
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ -z $command && " $commands " == *" ${COMP_WORDS[i]} "* ]] && command=${COMP_WORDS[i]}
  done
  COMPREPLY=()
  case $previous in
    --root-key | --ready-file | --output) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --name | --listen | --public-name | --admin | --service | --account | --uses | --for | --link) return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_hearthd_options "$command")" -- "$current")
  elif [[ -n $command ]]; then
    mapfile -t COMPREPLY < <(compgen -d -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  fi
}

complete -o filenames -F _hearthd hearthd
