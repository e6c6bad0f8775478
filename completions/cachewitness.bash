# Bash completion for cachewitness. It asks the program itself what commands and options there are, so that it is never
# behind; where a file is wanted, bash completes files.
_cachewitness() {
  local program=$1 current=$2 help word
  local -a command=()
  help=$("$program" --help 2>/dev/null) || return
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if grep -qxF -- "$word" <<<"$(_cachewitness_commands "$help")"; then
      command+=("$word")
      help=$("$program" "${command[@]}" --help 2>/dev/null) || return
    fi
  done
  local words
  if [[ $current == -* ]]; then
    words=$(grep -oE -- '--[a-z][a-z-]*' <<<"${help%%Examples:*}" | sort -u)
  else
    words=$(_cachewitness_commands "$help")
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

_cachewitness_commands() {
  sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' <<<"$1"
}

complete -o default -F _cachewitness cachewitness
