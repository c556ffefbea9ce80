# bash completion of cais(1).
_cais()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'serve check reload explain cert trace trust user data --version --help' -- "$current")
        return
    fi
    if [[ ${COMP_WORDS[1]} == trace ]]; then
        if [[ $COMP_CWORD -eq 2 ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'join --help' -- "$current")
        else
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        return
    fi
    if [[ ${COMP_WORDS[1]} == trust ]]; then
        if [[ $previous == --state ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
        elif [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--remove --dry-run --config --state --help' -- "$current")
        else
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        return
    fi
    if [[ ${COMP_WORDS[1]} == data ]]; then
        if [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--type --help' -- "$current")
        elif [[ $previous != --type ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        return
    fi
    if [[ ${COMP_WORDS[1]} == cert ]]; then
        if [[ $COMP_CWORD -eq 2 ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'list renew --help' -- "$current")
        elif [[ $previous == --config ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        elif [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--config --help' -- "$current")
        fi
        return
    fi
    if [[ ${COMP_WORDS[1]} == user ]]; then
        local options='--config --help'
        case ${COMP_WORDS[2]} in
            add) options+=' --group --digest' ;;
            group) options+=' --add --remove' ;;
            token) options+=' --revoke' ;;
        esac
        if [[ $COMP_CWORD -eq 2 ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'add passwd remove group list token --help' -- "$current")
        elif [[ $previous == --config ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        elif [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        fi
        return
    fi
    if [[ ${COMP_WORDS[1]} == explain ]]; then
        if [[ $previous == --config ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        elif [[ $previous == -X || $previous == --method ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'GET HEAD OPTIONS POST PUT DELETE PATCH' -- "$current")
        elif [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--method --config --help' -- "$current")
        fi
        return
    fi
    if [[ ${COMP_WORDS[1]} == reload ]]; then
        if [[ $previous == --config ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        else
            mapfile -t COMPREPLY < <(compgen -W '--config --help' -- "$current")
        fi
        return
    fi
    if [[ ${COMP_WORDS[1]} == check ]]; then
        if [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--quiet --help' -- "$current")
        else
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        return
    fi
    [[ ${COMP_WORDS[1]} == serve ]] || return
    # `--log=json` is three words to bash.
    if [[ $current == = || $previous == = ]]; then
        [[ $current == = ]] && current='' || previous=${COMP_WORDS[COMP_CWORD-2]}
        [[ $previous == --* ]] || return  # a limit's value
    fi
    case $previous in
        --log) mapfile -t COMPREPLY < <(compgen -W 'off common combined json' -- "$current") ;;
        --trace) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current") ;;
        --tls) mapfile -t COMPREPLY < <(compgen -W 'internal' -- "$current") ;;
        --state)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
        --log-file | --trace-file | --key-log)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        --limit)
            compopt -o nospace
            mapfile -t COMPREPLY < <(compgen -S = -W 'request-line fields field-lines buffered-content unread-content
                unread-time requests tls-handshake head-time idle-time content-rate content-time send-time send-rate send-rate-time connections stop-time' -- "$current") ;;
        --listen | --workers | --echo | --trace-only) ;;
        *)
            if [[ $current == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '--listen --tls --state --workers --log --log-file --no-listing --cors --spa
                    --trace-method --echo --limit --trace --trace-file --trace-only --show-secrets --key-log --help --quiet' -- "$current")
            else
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
            fi ;;
    esac
}
complete -F _cais cais
