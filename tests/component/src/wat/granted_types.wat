  (type $files-type (instance
    (export "error" (type $e (eq $error)))
    (export "read" (func (param "name" string) (result (result (list u8) (error $e)))))
  ))
  (type $http-type (instance
    (export "error" (type $e (eq $error)))
    (type $response' (record (field "status" u16)
      (field "headers" (list (tuple string string))) (field "body" (list u8))))
    (export "response" (type $response (eq $response')))
    (export "request" (func (param "endpoint" string) (param "method" string)
      (param "path-and-query" string) (param "headers" (list (tuple string string)))
      (param "body" (list u8)) (result (result $response (error $e)))))
  ))
