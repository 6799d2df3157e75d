# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for hearth-agent(1)

_hearth_agent_options() {
  case $1 in
    "") echo "--help --version" ;;
    join) echo "--dir --name --help" ;;
    daemon) echo "--dir --control --processors --memory --dedicated --machine --trust-projects --emulate --devices --help" ;;
    run | finish) echo "--dir --project --help" ;;
    pause) echo "--dir --project --for --help" ;;
    status | preferences) echo "--dir --json --help" ;;
    *) echo "--dir --help" ;;
  esac
}

_hearth_agent() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command="" i
  local commands="join daemon leave projects preferences run pause finish quit status"
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ -z $command && " $commands " == *" ${COMP_WORDS[i]} "* ]] && command=${COMP_WORDS[i]}
  done
  COMPREPLY=()
  case $previous in
    --dir | --machine) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    --control) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --devices) mapfile -t COMPREPLY < <(compgen -W "none gpus all" -- "$current"); return ;;
    --for) mapfile -t COMPREPLY < <(compgen -W "15m 1h 8h" -- "$current"); return ;;
    --name | --processors | --memory | --project) return ;;
  esac
  if [[ $current == -* || -n $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_hearth_agent_options "$command")" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  fi
}

complete -o filenames -F _hearth_agent hearth-agent
