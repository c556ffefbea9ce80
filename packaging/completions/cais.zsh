#compdef cais
# zsh completion of cais(1).
_cais() {
    local -a limits=(request-line fields field-lines buffered-content unread-content unread-time requests head-time
        idle-time content-rate content-time send-time send-rate send-rate-time connections stop-time)
    if (( CURRENT == 2 )); then
        _arguments '--version[print the version]' '--help[print the options]' '1:command:((serve\:"serve a folder" trust\:"trust the local authority"))'
        return
    fi
    if [[ $words[2] == trust ]]; then
        shift words
        (( CURRENT-- ))
        _arguments \
            '--remove[take it out again]' \
            '--dry-run[change nothing]' \
            '--state[the state folder]:folder:_directories' \
            '--help[print the options]' \
            '1:certificate:_files'
        return
    fi
    [[ $words[2] == serve ]] || return
    shift words
    (( CURRENT-- ))
    _arguments \
        '*--listen[listen there]:address and port (127.0.0.1\:8080, [\:\:]\:80):' \
        '--workers[event loops]:number:' \
        '--log[the access log]:form:(off common combined json)' \
        '--log-file[where the access log goes]:file:_files' \
        '--no-listing[do not list folders]' \
        '--cors[let pages of every origin read]' \
        '--spa[answer with index.html where nothing is found]' \
        '--trace-method[answer TRACE]' \
        '--echo[answer with what was received]:path:' \
        "*--limit[set a limit]:limit:compadd -S = -a limits" \
        '(-q --quiet)'{-q,--quiet}'[print nothing at the start]' \
        '--help[print the options]' \
        '1:folder:_directories'
}
_cais "$@"
