//! The client's half of a runspace pool (MS-PSRP 3.1).
