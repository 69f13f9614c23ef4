/** What a shell is given once: a function that asks `outrider complete` for the words at the cursor, and where the shell is to call it. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Bash 3.2 and later. It takes `--output=json` and names with colons apart, so that they are put together here and shortened again. */
const BASH = `# bash completion of outrider: in ~/.bashrc, eval "$(outrider completion bash)"
_outrider() {
  local rest="$COMP_LINE" part i last=-1 word about kept at
  local -a words
  for ((i = 0; i <= COMP_CWORD; i++)); do
    part="\${COMP_WORDS[i]}"
    if ((i == 0)) || [[ "$rest" == [[:space:]]* ]]; then
      rest="\${rest#"\${rest%%[![:space:]]*}"}"
      last=$((last + 1))
      words[last]="$part"
    else
      words[last]="\${words[last]}$part"
    fi
    rest="\${rest#"$part"}"
  done
  at="\${COMP_WORDS[COMP_CWORD]}"
  [[ "$at" == [=:] ]] && at=""
  kept="\${words[last]%"$at"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r word about; do
    case "$word" in
      "") ;;
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$at") ;;
      :directories)
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$at") ;;
      *) COMPREPLY+=("\${word#"$kept"}") ;;
    esac
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _outrider outrider
`;

const ZSH = `#compdef outrider
# zsh completion of outrider: in ~/.zshrc behind compinit, eval "$(outrider completion zsh)"
_outrider() {
  local line word
  local -a lines found
  lines=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    word="\${line%%$'\\t'*}"
    case "$word" in
      '') ;;
      :files) compset -P '--[^=]#='; _files; return ;;
      :directories) compset -P '--[^=]#='; _files -/; return ;;
      *) found+=("\${word//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( \${#found} )) && _describe -V outrider found
}
if [[ "\${funcstack[1]}" == _outrider ]]; then _outrider "$@"; else compdef _outrider outrider; fi
`;

const FISH = `# fish completion of outrider: outrider completion fish > ~/.config/fish/completions/outrider.fish
function __outrider_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    switch "$lines[1]"
        case ':files*'
            __fish_complete_path "$current"
        case ':directories*'
            __fish_complete_directories "$current" ''
        case '*'
            string join \\n -- $lines
    end
end
complete -c outrider -e
complete -c outrider -f -a '(__outrider_complete)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
