# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for hearth-agent(1)

_hearth_agent_options() {
  case $1 in
    "") echo "--version --help"; return ;;
    join) echo -n "--name " ;;
    daemon) echo -n "--processors --memory --dedicated --machine --trust-projects --emulate --devices " ;;
    preferences) echo -n "--json --reset " ;;
    status) echo -n "--json " ;;
    history) echo -n "--json --days " ;;
    messages) echo -n "--json --project " ;;
    pause) echo -n "--for --project " ;;
    run | finish) echo -n "--project " ;;
  esac
  echo "--dir --control --help"
}

# What a running agent, or its files, know.
_hearth_agent_preferences() {
  timeout 2 hearth-agent preferences 2>/dev/null | cut -d " " -f 1
}
_hearth_agent_projects() {
  timeout 2 hearth-agent status --json 2>/dev/null | grep -o '"projects":{"[^"]*"' | cut -d '"' -f 4
}

_hearth_agent() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command="" i positionals=0
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == -* ]]; then
      continue
    elif [[ -z $command ]]; then
      command=${COMP_WORDS[i]}
    else
      positionals=$((positionals + 1))
    fi
  done
  COMPREPLY=()
  case $previous in
    --dir | --machine) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    --control) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --devices) mapfile -t COMPREPLY < <(compgen -W "none gpus all" -- "$current"); return ;;
    --project) mapfile -t COMPREPLY < <(compgen -W "$(_hearth_agent_projects)" -- "$current"); return ;;
    --name | --processors | --memory | --for | --days) return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_hearth_agent_options "$command")" -- "$current")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "join daemon leave projects preferences run pause finish quit status history messages" -- "$current")
  elif [[ $command == preferences && $positionals == 0 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_hearth_agent_preferences)" -- "$current")
  elif [[ $command == leave ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_hearth_agent_projects)" -- "$current")
  fi
}
complete -F _hearth_agent hearth-agent
