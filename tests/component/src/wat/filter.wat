    ;; An expression that was compiled: 0 the next one, 4 its letter, 8 its handle, 16 the text
    ;; behind the letter, 20 its bytes.
    (global $first (mut i32) (i32.const 0))
    (data (i32.const 512) "the configuration is no JSON object")
    (data (i32.const 576) "an expression begins with t, f, = or ^")
    (data (i32.const 640) "there is no such expression")
    (data (i32.const 704) "{\"is-well\": true}")

    (func $find (param $handle i64) (result i32)
      (local $at i32)
      (local.set $at (global.get $first))
      (block $end (loop $next
        (br_if $end (i32.eqz (local.get $at)))
        (br_if $end (i64.eq (i64.load offset=8 (local.get $at)) (local.get $handle)))
        (local.set $at (i32.load (local.get $at)))
        (br $next)))
      (local.get $at))

    (func $decide (param $expression i32) (param $batch i32) (param $index i32) (result i32)
      (local $letter i32) (local $at i32) (local $bytes i32) (local $part i32)
      (local.set $letter (i32.load offset=4 (local.get $expression)))
      (local.set $at (i32.load offset=16 (local.get $expression)))
      (local.set $bytes (i32.load offset=20 (local.get $expression)))
      (if (i32.eq (local.get $letter) (i32.const 0x3d)) (then (return (call $equal
        (local.get $at) (local.get $bytes)
        (call $part (local.get $batch) (local.get $index) (i32.const 0))
        (call $part-bytes (local.get $batch) (local.get $index) (i32.const 0))))))
      (if (i32.eq (local.get $letter) (i32.const 0x5e)) (then
        (local.set $part (call $part-bytes (local.get $batch) (local.get $index) (i32.const 3)))
        (if (i32.lt_u (local.get $part) (local.get $bytes)) (then (return (i32.const 0))))
        (return (call $equal (local.get $at) (local.get $bytes)
          (call $part (local.get $batch) (local.get $index) (i32.const 3))
          (local.get $bytes)))))
      (i32.eq (i32.or (local.get $letter) (i32.const 0x20)) (i32.const 0x74)))

    (func $default-create
      (param $configuration i32) (param $configuration-bytes i32)
      (param $context i32) (param $context-bytes i32) (result i32)
      (if (call $is-object (local.get $configuration) (local.get $configuration-bytes))
        (then (return (call $ok))))
      (call $fail (i32.const 0) (i32.const 512) (i32.const 35)))

    (func $default-destroy)

    (func $default-compile
      (param $handle i64) (param $expression i32) (param $expression-bytes i32) (result i32)
      (local $letter i32) (local $at i32)
      (if (local.get $expression-bytes)
        (then (local.set $letter (i32.load8_u (local.get $expression)))))
      (if (i32.eqz (i32.or
        (i32.or (i32.eq (local.get $letter) (i32.const 0x3d))
          (i32.eq (local.get $letter) (i32.const 0x5e)))
        (i32.or (i32.eq (i32.or (local.get $letter) (i32.const 0x20)) (i32.const 0x74))
          (i32.eq (i32.or (local.get $letter) (i32.const 0x20)) (i32.const 0x66)))))
        (then (return
          (call $fail-at (i32.const 0) (i32.const 576) (i32.const 38) (i32.const 1) (i32.const 1)))))
      (local.set $at (call $alloc (i32.const 24)))
      (i32.store (local.get $at) (global.get $first))
      (i32.store offset=4 (local.get $at) (local.get $letter))
      (i64.store offset=8 (local.get $at) (local.get $handle))
      (i32.store offset=16 (local.get $at) (i32.add (local.get $expression) (i32.const 1)))
      (i32.store offset=20 (local.get $at) (i32.sub (local.get $expression-bytes) (i32.const 1)))
      (global.set $first (local.get $at))
      (call $keep)
      (call $ok-number
        (select (i32.const 8) (i32.const 1) (i32.eq (local.get $letter) (i32.const 0x5e)))))

    (func $default-release (param $handle i64)
      (local $at i32) (local $before i32)
      (local.set $at (global.get $first))
      (block $end (loop $next
        (br_if $end (i32.eqz (local.get $at)))
        (if (i64.eq (i64.load offset=8 (local.get $at)) (local.get $handle)) (then
          (if (local.get $before)
            (then (i32.store (local.get $before) (i32.load (local.get $at))))
            (else (global.set $first (i32.load (local.get $at)))))
          (return)))
        (local.set $before (local.get $at))
        (local.set $at (i32.load (local.get $at)))
        (br $next))))

    (func $default-matches
      (param $batch i32) (param $batch-bytes i32) (param $handles i32) (param $handles-count i32)
      (result i32)
      (local $messages i32) (local $bits i32) (local $bytes i32) (local $number i32)
      (local $message i32) (local $handle i32) (local $expression i32) (local $byte i32)
      (local.set $messages (i32.load (local.get $batch)))
      (local.set $bytes (i32.shr_u
        (i32.add (i32.mul (local.get $messages) (local.get $handles-count)) (i32.const 7))
        (i32.const 3)))
      (local.set $bits (call $alloc (local.get $bytes)))
      (memory.fill (local.get $bits) (i32.const 0) (local.get $bytes))
      (block $end (loop $next-message
        (br_if $end (i32.eq (local.get $message) (local.get $messages)))
        (local.set $handle (i32.const 0))
        (block $row (loop $next-handle
          (br_if $row (i32.eq (local.get $handle) (local.get $handles-count)))
          (local.set $expression (call $find (i64.load
            (i32.add (local.get $handles) (i32.mul (local.get $handle) (i32.const 8))))))
          (if (i32.eqz (local.get $expression))
            (then (return (call $fail (i32.const 1) (i32.const 640) (i32.const 27)))))
          (if (call $decide (local.get $expression) (local.get $batch) (local.get $message)) (then
            (local.set $byte
              (i32.add (local.get $bits) (i32.shr_u (local.get $number) (i32.const 3))))
            (i32.store8 (local.get $byte) (i32.or (i32.load8_u (local.get $byte))
              (i32.shl (i32.const 1) (i32.and (local.get $number) (i32.const 7)))))))
          (local.set $number (i32.add (local.get $number) (i32.const 1)))
          (local.set $handle (i32.add (local.get $handle) (i32.const 1)))
          (br $next-handle)))
        (local.set $message (i32.add (local.get $message) (i32.const 1)))
        (br $next-message)))
      (call $ok-bytes (local.get $bits) (local.get $bytes)))

    (func $default-transform
      (param $handle i64) (param $message i32) (param $message-bytes i32) (result i32)
      (call $unsupported))

    (func $default-inspect (param $has-handle i32) (param $handle i64) (result i32)
      (if (local.get $has-handle) (then (if (i32.eqz (call $find (local.get $handle)))
        (then (return (call $fail (i32.const 1) (i32.const 640) (i32.const 27)))))))
      (call $ok-bytes (i32.const 704) (i32.const 17)))

    (func $default-explain (param $expression i32) (param $expression-bytes i32) (result i32)
      (call $unsupported))

    (func $default-try-expression
      (param $expression i32) (param $expression-bytes i32)
      (param $message i32) (param $message-bytes i32) (result i32)
      (call $unsupported))

    (func $default-command
      (param $configuration i32) (param $configuration-bytes i32)
      (param $arguments i32) (param $arguments-count i32)
      (param $input i32) (param $input-bytes i32) (result i32)
      (call $unsupported))
