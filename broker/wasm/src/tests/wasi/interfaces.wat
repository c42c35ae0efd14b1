  ;; Interfaces of WASI 0.2, in different versions of it, as far as the tests call them.
  (import "wasi:io/error@0.2.0" (instance $io-error
    (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $the-error))
  (import "wasi:io/poll@0.2.3" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))
    (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
  (alias export $poll "pollable" (type $the-pollable))
  (import "wasi:io/streams@0.2.3" (instance $streams
    (alias outer 1 $the-error (type $error'))
    (export "error" (type $error (eq $error')))
    (alias outer 1 $the-pollable (type $pollable'))
    (export "pollable" (type $pollable (eq $pollable')))
    (type $stream-error' (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error')))
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type $output (sub resource)))
    (export "[method]input-stream.blocking-read"
      (func (param "self" (borrow $input)) (param "len" u64)
        (result (result (list u8) (error $stream-error)))))
    (export "[method]output-stream.check-write"
      (func (param "self" (borrow $output)) (result (result u64 (error $stream-error)))))
    (export "[method]output-stream.write"
      (func (param "self" (borrow $output)) (param "contents" (list u8))
        (result (result (error $stream-error)))))
    (export "[method]output-stream.blocking-flush"
      (func (param "self" (borrow $output)) (result (result (error $stream-error)))))
    (export "[method]output-stream.write-zeroes"
      (func (param "self" (borrow $output)) (param "len" u64)
        (result (result (error $stream-error)))))
    (export "[method]output-stream.subscribe"
      (func (param "self" (borrow $output)) (result (own $pollable))))))
  (alias export $streams "input-stream" (type $the-input))
  (alias export $streams "output-stream" (type $the-output))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (alias outer 1 $the-input (type $input'))
    (export "input-stream" (type $input (eq $input')))
    (export "get-stdin" (func (result (own $input))))))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $the-output (type $output'))
    (export "output-stream" (type $output (eq $output')))
    (export "get-stdout" (func (result (own $output))))))
  (import "wasi:cli/stderr@0.2.12" (instance $stderr
    (alias outer 1 $the-output (type $output'))
    (export "output-stream" (type $output (eq $output')))
    (export "get-stderr" (func (result (own $output))))))
  (import "wasi:cli/terminal-output@0.2.0" (instance $terminal-output
    (export "terminal-output" (type (sub resource)))))
  (alias export $terminal-output "terminal-output" (type $the-terminal))
  (import "wasi:cli/terminal-stdout@0.2.0" (instance $terminal-stdout
    (alias outer 1 $the-terminal (type $terminal'))
    (export "terminal-output" (type $terminal (eq $terminal')))
    (export "get-terminal-stdout" (func (result (option (own $terminal)))))))
  (import "wasi:cli/exit@0.2.12" (instance $exit
    (export "exit" (func (param "status" (result))))
    (export "exit-with-code" (func (param "status-code" u8)))))
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-environment" (func (result (list (tuple string string)))))
    (export "get-arguments" (func (result (list string))))
    (export "initial-cwd" (func (result (option string))))))
  (import "wasi:clocks/wall-clock@0.2.0" (instance $wall
    (type $datetime' (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $datetime')))
    (export "now" (func (result $datetime)))
    (export "resolution" (func (result $datetime)))))
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $monotonic
    (alias outer 1 $the-pollable (type $pollable'))
    (export "pollable" (type $pollable (eq $pollable')))
    (export "now" (func (result u64)))
    (export "resolution" (func (result u64)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
  (import "wasi:random/random@0.2.0" (instance $random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
    (export "get-random-u64" (func (result u64)))))
  (import "wasi:random/insecure@0.2.0" (instance $insecure
    (export "get-insecure-random-bytes" (func (param "len" u64) (result (list u8))))
    (export "get-insecure-random-u64" (func (result u64)))))
  (import "wasi:random/insecure-seed@0.2.0" (instance $seed
    (export "insecure-seed" (func (result (tuple u64 u64))))))
  (import "wasi:filesystem/types@0.2.0" (instance $files
    (export "descriptor" (type $descriptor (sub resource)))
    (export "count-of-a-later-version" (func (result u32)))))
  (alias export $files "descriptor" (type $the-descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $the-descriptor (type $descriptor'))
    (export "descriptor" (type $descriptor (eq $descriptor')))
    (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
  (import "wasi:sockets/network@0.2.0" (instance $network
    (export "network" (type (sub resource)))
    (type $code' (enum "unknown" "access-denied" "not-supported"))
    (export "error-code" (type (eq $code')))
    (type $family' (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type (eq $family')))))
  (alias export $network "error-code" (type $the-code))
  (alias export $network "ip-address-family" (type $the-family))
  (import "wasi:sockets/tcp@0.2.0" (instance $tcp
    (export "tcp-socket" (type (sub resource)))))
  (alias export $tcp "tcp-socket" (type $the-socket))
  (import "wasi:sockets/tcp-create-socket@0.2.0" (instance $tcp-create
    (alias outer 1 $the-code (type $code'))
    (export "error-code" (type $code (eq $code')))
    (alias outer 1 $the-family (type $family'))
    (export "ip-address-family" (type $family (eq $family')))
    (alias outer 1 $the-socket (type $socket'))
    (export "tcp-socket" (type $socket (eq $socket')))
    (export "create-tcp-socket" (func (param "address-family" $family)
      (result (result (own $socket) (error $code)))))))
