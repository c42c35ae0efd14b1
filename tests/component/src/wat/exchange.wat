    ;; A binding: 0 the next one, 8 its id, 16 its key, 20 the key's bytes.
    (global $first (mut i32) (i32.const 0))
    (data (i32.const 1024) "the configuration is no JSON object")
    (data (i32.const 1088) "the key 'not a number' is not taken")
    (data (i32.const 1152) "not a number")
    (data (i32.const 1216) "there is no such binding")
    (data (i32.const 1280) "{\"is-well\": true}")
    (data (i32.const 1344) "#")

    (func $find (param $id i64) (result i32)
      (local $at i32)
      (local.set $at (global.get $first))
      (block $end (loop $next
        (br_if $end (i32.eqz (local.get $at)))
        (br_if $end (i64.eq (i64.load offset=8 (local.get $at)) (local.get $id)))
        (local.set $at (i32.load (local.get $at)))
        (br $next)))
      (local.get $at))

    (func $decide (param $binding i32) (param $batch i32) (param $index i32) (result i32)
      (local $key i32) (local $bytes i32)
      (local.set $key (i32.load offset=16 (local.get $binding)))
      (local.set $bytes (i32.load offset=20 (local.get $binding)))
      (i32.or
        (call $equal (local.get $key) (local.get $bytes) (i32.const 1344) (i32.const 1))
        (call $equal (local.get $key) (local.get $bytes)
          (call $part (local.get $batch) (local.get $index) (i32.const 0))
          (call $part-bytes (local.get $batch) (local.get $index) (i32.const 0)))))

    ;; One more answer of route, behind those that are there.
    (func $push (param $index i32) (param $id i64)
      (local $at i32)
      (local.set $at (call $alloc (i32.const 16)))
      (i32.store (local.get $at) (local.get $index))
      (i32.store offset=4 (local.get $at) (i32.const 0))
      (i64.store offset=8 (local.get $at) (local.get $id)))

    (func $default-create
      (param $configuration i32) (param $configuration-bytes i32)
      (param $context i32) (param $context-bytes i32) (result i32)
      (if (call $is-object (local.get $configuration) (local.get $configuration-bytes))
        (then (return (call $ok))))
      (call $fail (i32.const 0) (i32.const 1024) (i32.const 35)))

    (func $default-destroy)

    (func $default-bind
      (param $id i64) (param $key i32) (param $key-bytes i32)
      (param $arguments i32) (param $arguments-bytes i32)
      (param $context i32) (param $context-bytes i32) (result i32)
      (local $at i32)
      (if (call $equal (local.get $key) (local.get $key-bytes) (i32.const 1152) (i32.const 12))
        (then (return (call $fail (i32.const 0) (i32.const 1088) (i32.const 35)))))
      (local.set $at (call $alloc (i32.const 24)))
      (i32.store (local.get $at) (global.get $first))
      (i64.store offset=8 (local.get $at) (local.get $id))
      (i32.store offset=16 (local.get $at) (local.get $key))
      (i32.store offset=20 (local.get $at) (local.get $key-bytes))
      (global.set $first (local.get $at))
      (call $keep)
      (call $ok-number (i32.const 257)))

    (func $default-unbind (param $id i64) (result i32)
      (local $at i32) (local $before i32)
      (local.set $at (global.get $first))
      (block $end (loop $next
        (br_if $end (i32.eqz (local.get $at)))
        (if (i64.eq (i64.load offset=8 (local.get $at)) (local.get $id)) (then
          (if (local.get $before)
            (then (i32.store (local.get $before) (i32.load (local.get $at))))
            (else (global.set $first (i32.load (local.get $at)))))
          (return (call $ok))))
        (local.set $before (local.get $at))
        (local.set $at (i32.load (local.get $at)))
        (br $next)))
      (call $fail (i32.const 1) (i32.const 1216) (i32.const 24)))

    (func $default-route (param $batch i32) (param $batch-bytes i32) (result i32)
      (local $messages i32) (local $answers i32) (local $message i32) (local $binding i32)
      (local.set $messages (i32.load (local.get $batch)))
      (local.set $answers (call $alloc (i32.const 0)))
      (block $end (loop $next-message
        (br_if $end (i32.eq (local.get $message) (local.get $messages)))
        (local.set $binding (global.get $first))
        (block $all (loop $next-binding
          (br_if $all (i32.eqz (local.get $binding)))
          (if (call $decide (local.get $binding) (local.get $batch) (local.get $message))
            (then
              (call $push (local.get $message) (i64.load offset=8 (local.get $binding)))))
          (local.set $binding (i32.load (local.get $binding)))
          (br $next-binding)))
        (local.set $message (i32.add (local.get $message) (i32.const 1)))
        (br $next-message)))
      (call $ok-bytes (local.get $answers)
        (i32.sub (call $alloc (i32.const 0)) (local.get $answers))))

    (func $default-inspect (param $has-binding i32) (param $binding i64) (result i32)
      (if (local.get $has-binding) (then (if (i32.eqz (call $find (local.get $binding)))
        (then (return (call $fail (i32.const 1) (i32.const 1216) (i32.const 24)))))))
      (call $ok-bytes (i32.const 1280) (i32.const 17)))

    (func $default-explain (param $binding i64) (result i32)
      (call $unsupported))

    (func $default-try-binding
      (param $key i32) (param $key-bytes i32) (param $arguments i32) (param $arguments-bytes i32)
      (param $context i32) (param $context-bytes i32)
      (param $message i32) (param $message-bytes i32) (result i32)
      (call $unsupported))

    (func $default-command
      (param $configuration i32) (param $configuration-bytes i32)
      (param $arguments i32) (param $arguments-count i32)
      (param $input i32) (param $input-bytes i32) (result i32)
      (call $unsupported))
