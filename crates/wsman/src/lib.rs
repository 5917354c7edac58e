//! WS-Management and the remote shell, without input or output (MS-WSMV).
