  (type $key-value-type (instance
    (export "get" (func (param "keys" (list u8)) (result (list u8))))
    (export "scan" (func (param "from" (list u8)) (param "until" (list u8))
      (param "pairs-max" u32) (param "bytes-max" u32) (result (list u8))))
    (export "write" (func (param "changes" (list u8))))
  ))
  (import "philter:store/key-value@0.1.0" (instance $key-value (type $key-value-type)))
  (alias export $key-value "get" (func $map-get))
  (alias export $key-value "scan" (func $map-scan))
  (alias export $key-value "write" (func $map-write))
  (core func $core-get
    (canon lower (func $map-get) (memory $linear) (realloc $realloc)))
  (core func $core-scan
    (canon lower (func $map-scan) (memory $linear) (realloc $realloc)))
  (core func $core-write (canon lower (func $map-write) (memory $linear)))
  (core instance $core-map
    (export "get" (func $core-get))
    (export "scan" (func $core-scan))
    (export "write" (func $core-write)))
