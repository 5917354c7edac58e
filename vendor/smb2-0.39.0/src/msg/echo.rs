//! SMB2 ECHO request and response (spec sections 2.2.28, 2.2.29).
//!
//! Echo messages are used to check whether a server is processing requests.
//! Both request and response contain only a StructureSize field and a
//! reserved field, for a total of 4 bytes each.

super::trivial_message! {
    /// SMB2 ECHO request (spec section 2.2.28).
    ///
    /// Sent by the client to determine whether a server is processing requests.
    /// Contains only StructureSize (2 bytes) and Reserved (2 bytes).
    pub struct EchoRequest;
}

super::trivial_message! {
    /// SMB2 ECHO response (spec section 2.2.29).
    ///
    /// Sent by the server to confirm that an ECHO request was processed.
    /// Contains only StructureSize (2 bytes) and Reserved (2 bytes).
    pub struct EchoResponse;
}
