    (type $error-kind' (enum
      "invalid-argument" "not-found" "unauthorized" "limit-exceeded" "unsupported" "internal"))
    (import "error-kind" (type $error-kind (eq $error-kind')))
    (type $place' (record (field "line" u32) (field "column" u32)))
    (import "place" (type $place (eq $place')))
    (type $error' (record
      (field "kind" $error-kind) (field "text" string) (field "place" (option $place))))
    (import "error" (type $error (eq $error')))
    (type $command-output' (record
      (field "output" string) (field "errors" string) (field "exit-code" s32)))
    (import "command-output" (type $command-output (eq $command-output')))
