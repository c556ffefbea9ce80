#compdef cais
# zsh completion of cais(1).
_cais() {
    local -a limits=(request-line fields field-lines buffered-content unread-content unread-time requests tls-handshake head-time
        idle-time content-rate content-time send-time send-rate send-rate-time connections stop-time)
    if (( CURRENT == 2 )); then
        _arguments '--version[print the version]' '--help[print the options]' '1:command:((serve\:"serve a folder or a configuration" check\:"say what is wrong in a configuration" reload\:"take a configuration anew" explain\:"say what a request would come to" cert\:"the certificates of a server" trace\:"lay two traces side by side" trust\:"trust the local authority" user\:"the users of auth" data\:"the data\: URL of a file"))'
        return
    fi
    if [[ $words[2] == trace ]]; then
        if (( CURRENT == 3 )); then
            _arguments '--help[print the options]' '2:command:(join)'
            return
        fi
        shift 2 words
        (( CURRENT -= 2 ))
        _arguments '--help[print the options]' '1:trace:_files' '2:trace:_files'
        return
    fi
    if [[ $words[2] == trust ]]; then
        shift words
        (( CURRENT-- ))
        _arguments \
            '--remove[take it out again]' \
            '--dry-run[change nothing]' \
            '--config[the server that is meant]:file:_files' \
            '--state[the state folder]:folder:_directories' \
            '--help[print the options]' \
            '1:certificate:_files'
        return
    fi
    if [[ $words[2] == data ]]; then
        shift words
        (( CURRENT-- ))
        _arguments \
            '--type[its media type]:type:' \
            '--help[print the options]' \
            '1:file:_files'
        return
    fi
    if [[ $words[2] == cert ]]; then
        if (( CURRENT == 3 )); then
            _arguments '--help[print the options]' '2:command:(list renew)'
            return
        fi
        shift 2 words
        (( CURRENT -= 2 ))
        _arguments \
            '--config[the configuration of the server that is meant]:file:_files' \
            '--help[print the options]' \
            '1:name:'
        return
    fi
    if [[ $words[2] == user ]]; then
        if (( CURRENT == 3 )); then
            _arguments '--help[print the options]' '2:command:(add passwd remove group list token)'
            return
        fi
        local -a more=()
        case $words[3] in
            add) more=('*--group[a group that the user is in]:group:' '--digest[let the user log in by Digest, too]') ;;
            group) more=('*--add[a group that the user gets into]:group:' '*--remove[a group that the user leaves]:group:') ;;
            token) more=('--revoke[make all tokens worthless]') ;;
        esac
        shift 2 words
        (( CURRENT -= 2 ))
        _arguments \
            '--config[the configuration of the server that is meant]:file:_files' \
            $more \
            '--help[print the options]' \
            '1:name:'
        return
    fi
    if [[ $words[2] == explain ]]; then
        shift words
        (( CURRENT-- ))
        _arguments \
            '(-X --method)'{-X,--method}'[its method]:method:(GET HEAD OPTIONS POST PUT DELETE PATCH)' \
            '--config[the configuration of the server that is meant]:file:_files' \
            '--help[print the options]' \
            '1:URL:'
        return
    fi
    if [[ $words[2] == reload ]]; then
        shift words
        (( CURRENT-- ))
        _arguments \
            '--config[the configuration of the server that is meant]:file:_files' \
            '--help[print the options]'
        return
    fi
    if [[ $words[2] == check ]]; then
        shift words
        (( CURRENT-- ))
        _arguments \
            '(-q --quiet)'{-q,--quiet}'[print what is wrong alone]' \
            '--help[print the options]' \
            '1:configuration:_files'
        return
    fi
    [[ $words[2] == serve ]] || return
    shift words
    (( CURRENT-- ))
    _arguments \
        '*--listen[listen there]:address and port (127.0.0.1\:8080, [\:\:]\:80):' \
        '--tls[HTTPS of our own authority]:from:(internal)' \
        '--state[where that is kept]:folder:_directories' \
        '--workers[event loops]:number:' \
        '--log[the access log]:form:(off common combined json)' \
        '--log-file[where the access log goes]:file:_files' \
        '--no-listing[do not list folders]' \
        '--cors[let pages of every origin read]' \
        '--spa[answer with index.html where nothing is found]' \
        '--trace-method[answer TRACE]' \
        '--trace[tell what happens]:form:(text json)' \
        '--trace-file[where that goes]:file:_files' \
        '*--trace-only[only of an address or a path]:address or path:' \
        '--show-secrets[show passwords and cookies there]' \
        '--key-log[write the secrets of TLS]:file:_files' \
        '--echo[answer with what was received]:path:' \
        "*--limit[set a limit]:limit:compadd -S = -a limits" \
        '(-q --quiet)'{-q,--quiet}'[print nothing at the start]' \
        '--help[print the options]' \
        '1:folder or configuration:_files'
}
_cais "$@"
