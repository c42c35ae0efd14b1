  (type $types-type (instance
    (type $error-kind' (enum
      "invalid-argument" "not-found" "unauthorized" "limit-exceeded" "unsupported" "internal"))
    (export "error-kind" (type $error-kind (eq $error-kind')))
    (type $place' (record (field "line" u32) (field "column" u32)))
    (export "place" (type $place (eq $place')))
    (type $error' (record
      (field "kind" $error-kind) (field "text" string) (field "place" (option $place))))
    (export "error" (type (eq $error')))
    (type $command-output' (record
      (field "output" string) (field "errors" string) (field "exit-code" s32)))
    (export "command-output" (type (eq $command-output')))
  ))
  (import "philter:plugin/types@1.0.0" (instance $types (type $types-type)))
  (alias export $types "error-kind" (type $error-kind))
  (alias export $types "place" (type $place))
  (alias export $types "error" (type $error))
  (alias export $types "command-output" (type $command-output))

  (type $host-type (instance
    (type $level' (enum "trace" "debug" "info" "warn" "error"))
    (export "level" (type $level (eq $level')))
    (export "log" (func (param "level" $level) (param "text" string)))
    (export "now-ms" (func (result u64)))
    (export "random" (func (param "count" u32) (result (list u8))))
  ))
  (import "philter:plugin/host@1.0.0" (instance $host (type $host-type)))
