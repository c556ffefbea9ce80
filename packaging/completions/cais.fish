# fish completion of cais(1).
set -l serving '__fish_seen_subcommand_from serve'
set -l limits request-line fields field-lines buffered-content unread-content unread-time requests tls-handshake head-time \
    idle-time content-rate content-time send-time send-rate send-rate-time connections stop-time

complete -c cais -f
complete -c cais -n __fish_use_subcommand -a serve -d 'Serve a folder or a configuration'
complete -c cais -n __fish_use_subcommand -l version -d 'Print the version'
complete -c cais -l help -d 'Print the options'
complete -c cais -n $serving -F
complete -c cais -n $serving -l listen -x -d 'Listen at ADDR:PORT'
complete -c cais -n $serving -l tls -x -a internal -d 'HTTPS of our own authority'
complete -c cais -n $serving -l state -x -a '(__fish_complete_directories)' -d 'Where that is kept'
complete -c cais -n $serving -l workers -x -d 'Event loops'
complete -c cais -n $serving -l log -x -a 'off common combined json' -d 'The access log'
complete -c cais -n $serving -l log-file -r -F -d 'Where the access log goes'
complete -c cais -n $serving -l no-listing -d 'Do not list folders'
complete -c cais -n $serving -l cors -d 'Let pages of every origin read'
complete -c cais -n $serving -l spa -d 'Answer with index.html where nothing is found'
complete -c cais -n $serving -l trace-method -d 'Answer TRACE'
complete -c cais -n $serving -l echo -x -d 'Answer below PATH with what was received'
complete -c cais -n $serving -l limit -x -a (string join ' ' $limits=) -d 'Set a limit'
complete -c cais -n $serving -l trace -x -a 'text json' -d 'Tell what happens'
complete -c cais -n $serving -l trace-file -r -F -d 'Where that goes'
complete -c cais -n $serving -l trace-only -x -d 'Only of an address or a path'
complete -c cais -n $serving -l show-secrets -d 'Show passwords and cookies there'
complete -c cais -n $serving -l key-log -r -F -d 'Write the secrets of TLS'
complete -c cais -n $serving -s q -l quiet -d 'Print nothing at the start'

set -l tracing '__fish_seen_subcommand_from trace'
complete -c cais -n __fish_use_subcommand -a trace -d 'Lay two traces side by side'
complete -c cais -n "$tracing; and not __fish_seen_subcommand_from join" -a join
complete -c cais -n "$tracing; and __fish_seen_subcommand_from join" -F

set -l trusting '__fish_seen_subcommand_from trust'
complete -c cais -n __fish_use_subcommand -a trust -d 'Trust the local authority'
complete -c cais -n $trusting -F
complete -c cais -n $trusting -l remove -d 'Take it out again'
complete -c cais -n $trusting -l dry-run -d 'Change nothing'
complete -c cais -n $trusting -l config -r -F -d 'The server that is meant'
complete -c cais -n $trusting -l state -x -a '(__fish_complete_directories)' -d 'The state folder'

set -l cert '__fish_seen_subcommand_from cert'
complete -c cais -n __fish_use_subcommand -a cert -d 'The certificates of a server'
complete -c cais -n "$cert; and not __fish_seen_subcommand_from list renew" -a 'list renew'
complete -c cais -n $cert -l config -r -F -d 'The configuration of the server that is meant'
set -l user '__fish_seen_subcommand_from user'
complete -c cais -n __fish_use_subcommand -a user -d 'The users of auth'
complete -c cais -n "$user; and not __fish_seen_subcommand_from add passwd remove group list token" -a 'add passwd remove group list token'
complete -c cais -n $user -l config -r -F -d 'The configuration of the server that is meant'
complete -c cais -n "$user; and __fish_seen_subcommand_from add" -l group -x -d 'A group that the user is in'
complete -c cais -n "$user; and __fish_seen_subcommand_from add" -l digest -d 'Let the user log in by Digest, too'
complete -c cais -n "$user; and __fish_seen_subcommand_from group" -l add -x -d 'A group that the user gets into'
complete -c cais -n "$user; and __fish_seen_subcommand_from group" -l remove -x -d 'A group that the user leaves'
complete -c cais -n "$user; and __fish_seen_subcommand_from token" -l revoke -d 'Make all tokens worthless'

set -l checking '__fish_seen_subcommand_from check'
complete -c cais -n __fish_use_subcommand -a check -d 'Say what is wrong in a configuration'
complete -c cais -n $checking -F
complete -c cais -n $checking -s q -l quiet -d 'Print what is wrong alone'

set -l explain '__fish_seen_subcommand_from explain'
complete -c cais -n __fish_use_subcommand -a explain -d 'Say what a request would come to'
complete -c cais -n $explain -s X -l method -x -a 'GET HEAD OPTIONS POST PUT DELETE PATCH' -d 'Its method'
complete -c cais -n $explain -l config -r -F -d 'The configuration of the server that is meant'

set -l reloading '__fish_seen_subcommand_from reload'
complete -c cais -n __fish_use_subcommand -a reload -d 'Take a configuration anew'
complete -c cais -n $reloading -l config -r -F -d 'The configuration of the server that is meant'

set -l data '__fish_seen_subcommand_from data'
complete -c cais -n __fish_use_subcommand -a data -d 'Print the data: URL of a file'
complete -c cais -n $data -F
complete -c cais -n $data -l type -x -d 'Its media type'
