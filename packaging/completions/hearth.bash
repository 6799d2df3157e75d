# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for hearth(1)

_hearth_commands() {
  case $1 in
    "") echo login logout whoami key pack submit status watch results tasks show cancel pause resume retry hosts host invite group app account audit ;;
    key) echo new show request list approve ;;
    host) echo revoke move ;;
    group) echo list show add set remove member ;;
    app) echo publish list ;;
    account) echo add roles quota weight list ;;
  esac
}

_hearth_options() {
  local own
  case $1 in
    "" | key | host | group | app | account) own="" ;;
    *) own="--json" ;;
  esac
  case $1 in
    "") own="--version" ;;
    login) own+=" --token --fingerprint" ;;
    "key approve") own+=" --root-key --key --for" ;;
    pack) own+=" --name --version --output --file --as --image --all-platforms --real-clocks" ;;
    submit) own+=" --name --dry-run --wait --idempotency-key" ;;
    status) own+=" --all --limit" ;;
    results) own+=" --output --layout --partial --logs" ;;
    tasks) own+=" --state --failed --from --limit" ;;
    hosts) own+=" --account" ;;
    invite) own+=" --uses --for --account --group" ;;
    "host move") own+=" --group" ;;
    "group add" | "group set") own+=" --guests --beyond --attempts --batches" ;;
    "group member") own+=" --remove" ;;
    "app publish") own+=" --key --name --version --all-platforms --real-clocks" ;;
    "account add" | "account roles") own+=" --role" ;;
    "account quota") own+=" --attempts --batches --bytes" ;;
    audit) own+=" --after --limit" ;;
  esac
  echo "$own --help"
}

# The numbers of the newest batches, where a server answers soon.
_hearth_batches() {
  timeout 2 hearth status --limit 50 --json 2>/dev/null | grep -o '"id":[0-9]*' | cut -d : -f 2
}

_hearth() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command="" positionals=0 i word
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == -* ]]; then
      continue
    elif [[ " $(_hearth_commands "$command") " == *" $word "* ]]; then
      command="${command:+$command }$word"
    else
      positionals=$((positionals + 1))
    fi
  done
  COMPREPLY=()
  case $previous in
    -o | --output) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    --file | --root-key) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --state) mapfile -t COMPREPLY < <(compgen -W "pending active certified failed cancelled" -- "$current"); return ;;
    --role) mapfile -t COMPREPLY < <(compgen -W "volunteer scientist operator admin auditor" -- "$current"); return ;;
    --guests | --beyond) mapfile -t COMPREPLY < <(compgen -W "yes no" -- "$current"); return ;;
    --key)
      [[ $command == "app publish" ]] && mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --token | --fingerprint | --for | --name | --version | --as | --idempotency-key | --limit | --layout | --from | --account | --uses | --after | --group | --attempts | --batches | --bytes) return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_hearth_options "$command")" -- "$current")
    return
  fi
  local commands
  commands=$(_hearth_commands "$command")
  if [[ -n $commands ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
    return
  fi
  case $command in
    pack) mapfile -t COMPREPLY < <(compgen -c -- "$current"; compgen -f -- "$current") ;;
    submit | "app publish") mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    status | watch | results | tasks | show | cancel | pause | resume | retry)
      [[ $positionals -eq 0 ]] && mapfile -t COMPREPLY < <(compgen -W "$(_hearth_batches)" -- "$current")
      ;;
  esac
}

complete -o filenames -F _hearth hearth
