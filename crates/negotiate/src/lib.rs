//! Who is it: SPNEGO and NTLMv2, both halves, and message sealing (MS-NLMP, MS-SPNG).
