//! QMF, Qpid's management protocol: requests and answers as bytes of AMQP messages.
