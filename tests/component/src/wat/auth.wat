    ;; A login that waits for its message: 0 the next one, 8 its session.
    (global $first (mut i32) (i32.const 0))
    (data (i32.const 1408) "the configuration is no JSON object")
    (data (i32.const 1472) "PLAIN")
    (data (i32.const 1488) "\00jo\00secret")
    (data (i32.const 1504) "this login never began")
    (data (i32.const 1536) "that is not jo")
    (data (i32.const 1568) "{\"is-well\": true}")
    ;; {"identity": "jo", "groups": ["staff"]}
    (data (i32.const 1600) "\c1\21\04\a1\08identity\a1\02jo\a1\06groups\c0\08\01\a1\05staff")

    (func $find (param $session i64) (result i32)
      (local $at i32)
      (local.set $at (global.get $first))
      (block $end (loop $next
        (br_if $end (i32.eqz (local.get $at)))
        (br_if $end (i64.eq (i64.load offset=8 (local.get $at)) (local.get $session)))
        (local.set $at (i32.load (local.get $at)))
        (br $next)))
      (local.get $at))

    ;; Whether there was such a login.
    (func $forget-login (param $session i64) (result i32)
      (local $at i32) (local $before i32)
      (local.set $at (global.get $first))
      (block $end (loop $next
        (br_if $end (i32.eqz (local.get $at)))
        (if (i64.eq (i64.load offset=8 (local.get $at)) (local.get $session)) (then
          (if (local.get $before)
            (then (i32.store (local.get $before) (i32.load (local.get $at))))
            (else (global.set $first (i32.load (local.get $at)))))
          (return (i32.const 1))))
        (local.set $before (local.get $at))
        (local.set $at (i32.load (local.get $at)))
        (br $next)))
      (i32.const 0))

    (func $success (result i32)
      (call $ok-outcome (i32.const 1) (i32.const 1600) (i32.const 35)))

    (func $decide (param $message i32) (param $bytes i32) (result i32)
      (if (call $equal (local.get $message) (local.get $bytes) (i32.const 1488) (i32.const 10))
        (then (return (call $success))))
      (call $ok-outcome (i32.const 2) (i32.const 1536) (i32.const 14)))

    (func $default-create
      (param $configuration i32) (param $configuration-bytes i32)
      (param $context i32) (param $context-bytes i32) (result i32)
      (if (call $is-object (local.get $configuration) (local.get $configuration-bytes))
        (then (return (call $ok))))
      (call $fail (i32.const 0) (i32.const 1408) (i32.const 35)))

    (func $default-destroy)

    (func $default-mechanisms (param $peer i32) (param $peer-bytes i32) (result i32)
      (call $one-text (i32.const 1472) (i32.const 5)))

    (func $default-start
      (param $session i64) (param $peer i32) (param $peer-bytes i32)
      (param $mechanism i32) (param $mechanism-bytes i32)
      (param $has-initial i32) (param $initial i32) (param $initial-bytes i32) (result i32)
      (local $at i32)
      (if (i32.eqz (call $equal
        (local.get $mechanism) (local.get $mechanism-bytes) (i32.const 1472) (i32.const 5)))
        (then (return (call $ok-outcome (i32.const 3) (i32.const 0) (i32.const 0)))))
      (if (local.get $has-initial)
        (then (return (call $decide (local.get $initial) (local.get $initial-bytes)))))
      (local.set $at (call $alloc (i32.const 16)))
      (i32.store (local.get $at) (global.get $first))
      (i64.store offset=8 (local.get $at) (local.get $session))
      (global.set $first (local.get $at))
      (call $keep)
      (call $ok-outcome (i32.const 0) (i32.const 1472) (i32.const 0)))

    (func $default-step
      (param $session i64) (param $response i32) (param $response-bytes i32) (result i32)
      (if (call $forget-login (local.get $session))
        (then (return (call $decide (local.get $response) (local.get $response-bytes)))))
      (call $ok-outcome (i32.const 2) (i32.const 1504) (i32.const 22)))

    (func $default-abandon (param $session i64)
      (drop (call $forget-login (local.get $session))))

    (func $default-authorize (param $access i32) (param $access-bytes i32) (result i32)
      (call $ok-number (i32.const 4)))

    (func $default-limits (param $identity i32) (param $identity-bytes i32) (result i32)
      (call $bare (i32.const 0) (i32.const 0)))

    (func $default-inspect (result i32)
      (call $ok-bytes (i32.const 1568) (i32.const 17)))

    (func $default-command
      (param $configuration i32) (param $configuration-bytes i32)
      (param $arguments i32) (param $arguments-count i32)
      (param $input i32) (param $input-bytes i32) (result i32)
      (call $unsupported))
