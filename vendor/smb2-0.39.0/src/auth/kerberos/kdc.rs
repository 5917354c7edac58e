//! KDC (Key Distribution Center) transport client.
//!
//! Sends AS-REQ and TGS-REQ messages to a Kerberos KDC on port 88.
//! Tries UDP first (no framing), falls back to TCP (4-byte big-endian
//! length prefix) when the response indicates KRB_ERR_RESPONSE_TOO_BIG
//! (error code 52).
//!
//! Transport details per RFC 4120 section 7.2 and MS-KILE section 2.1:
//! - UDP: raw DER bytes, no length prefix, max 65535 bytes
//! - TCP: 4-byte big-endian length prefix, then DER bytes
//! - Retry: up to 3 attempts with exponential backoff (1s, 2s, 4s)
//!
//! The functions here are transport-only: they send raw bytes and return
//! raw bytes. No ASN.1 parsing beyond detecting error code 52 in the
//! UDP-to-TCP fallback path.

use log::{debug, trace, warn};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::rt::net::{TcpStream, UdpSocket};
use crate::rt::{sleep, timeout as with_timeout};

/// Default Kerberos port (RFC 4120).
const KERBEROS_PORT: u16 = 88;

/// Maximum UDP receive buffer size.
const UDP_MAX_SIZE: usize = 65535;

/// KRB_ERR_RESPONSE_TOO_BIG error code (RFC 4120 section 7.2.1).
const KRB_ERR_RESPONSE_TOO_BIG: u32 = 52;

/// Maximum TCP frame size we accept (1 MB, generous for Kerberos).
const MAX_KDC_FRAME_SIZE: usize = 1024 * 1024;

/// Number of retry attempts per transport.
const MAX_RETRIES: u32 = 3;

/// Base retry delay (doubles each attempt).
const RETRY_BASE_DELAY: Duration = Duration::from_secs(1);

/// Configuration for connecting to a KDC.
#[derive(Debug, Clone)]
pub struct KdcConfig {
    /// KDC address (host:port or just host, defaults to port 88).
    pub address: String,
    /// Connection/request timeout.
    pub timeout: Duration,
}

/// Resolve the KDC address to include a port if not specified.
fn resolve_address(address: &str) -> String {
    if address.contains(':') {
        address.to_string()
    } else {
        format!("{}:{}", address, KERBEROS_PORT)
    }
}

/// Send a Kerberos message to the KDC and receive the response.
///
/// Tries UDP first. If the response indicates the message was too
/// large for UDP (KRB_ERR_RESPONSE_TOO_BIG), retries with TCP.
///
/// UDP framing: raw DER bytes, no length prefix.
/// TCP framing: 4-byte big-endian length prefix, then DER bytes.
pub async fn send_to_kdc(config: &KdcConfig, message: &[u8]) -> Result<Vec<u8>> {
    let addr = resolve_address(&config.address);
    trace!("kdc: sending {} bytes addr={:?}", message.len(), addr);

    // Try UDP first.
    match send_udp(&addr, message, config.timeout).await {
        Ok(response) => {
            if is_response_too_big(&response) {
                debug!("kdc: got KRB_ERR_RESPONSE_TOO_BIG, retrying with TCP");
                send_tcp(&addr, message, config.timeout).await
            } else {
                Ok(response)
            }
        }
        Err(e) => {
            warn!("kdc: UDP failed ({}), falling back to TCP", e);
            send_tcp(&addr, message, config.timeout).await
        }
    }
}

/// Send a Kerberos message via UDP.
async fn send_udp(addr: &str, message: &[u8], timeout: Duration) -> Result<Vec<u8>> {
    let socket = UdpSocket::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)))
        .await
        .map_err(Error::Io)?;

    let mut last_err = None;

    for attempt in 0..MAX_RETRIES {
        if attempt > 0 {
            let delay = RETRY_BASE_DELAY * 2u32.pow(attempt - 1);
            debug!("kdc: UDP retry {} after {:?}", attempt, delay);
            sleep(delay).await;
        }

        // Send the raw DER bytes (no framing for UDP).
        match with_timeout(timeout, socket.send_to(message, addr)).await {
            Ok(Ok(n)) => {
                trace!("kdc: UDP sent {} bytes", n);
            }
            Ok(Err(e)) => {
                last_err = Some(Error::Io(e));
                continue;
            }
            Err(_) => {
                last_err = Some(Error::Timeout);
                continue;
            }
        }

        // Receive the response.
        let mut buf = vec![0u8; UDP_MAX_SIZE];
        match with_timeout(timeout, socket.recv_from(&mut buf)).await {
            Ok(Ok((n, _src))) => {
                trace!("kdc: UDP received {} bytes", n);
                buf.truncate(n);
                return Ok(buf);
            }
            Ok(Err(e)) => {
                last_err = Some(Error::Io(e));
            }
            Err(_) => {
                last_err = Some(Error::Timeout);
            }
        }
    }

    Err(last_err.unwrap_or(Error::Timeout))
}

/// Send a Kerberos message via TCP.
async fn send_tcp(addr: &str, message: &[u8], timeout: Duration) -> Result<Vec<u8>> {
    let mut last_err = None;

    for attempt in 0..MAX_RETRIES {
        if attempt > 0 {
            let delay = RETRY_BASE_DELAY * 2u32.pow(attempt - 1);
            debug!("kdc: TCP retry {} after {:?}", attempt, delay);
            sleep(delay).await;
        }

        match send_tcp_once(addr, message, timeout).await {
            Ok(response) => return Ok(response),
            Err(e) => {
                last_err = Some(e);
            }
        }
    }

    Err(last_err.unwrap_or(Error::Timeout))
}

/// Single TCP send/receive attempt.
async fn send_tcp_once(addr: &str, message: &[u8], timeout: Duration) -> Result<Vec<u8>> {
    // Connect with timeout.
    let stream = with_timeout(timeout, TcpStream::connect_host(addr))
        .await
        .map_err(|_| Error::Timeout)?
        .map_err(Error::Io)?;

    // Disable Nagle for lower latency.
    stream.set_nodelay(true).map_err(Error::Io)?;
    let (mut reader, mut writer) = stream.into_split();

    // Send: 4-byte big-endian length prefix + DER bytes.
    let len = message.len() as u32;
    let len_bytes = len.to_be_bytes();

    with_timeout(timeout, async {
        writer.write_all(&len_bytes).await.map_err(Error::Io)?;
        writer.write_all(message).await.map_err(Error::Io)?;
        writer.flush().await.map_err(Error::Io)?;
        trace!("kdc: TCP sent {} bytes", message.len());
        Ok::<(), Error>(())
    })
    .await
    .map_err(|_| Error::Timeout)??;

    // Receive: 4-byte big-endian length prefix.
    let mut len_buf = [0u8; 4];
    with_timeout(timeout, reader.read_exact(&mut len_buf))
        .await
        .map_err(|_| Error::Timeout)?
        .map_err(|e| {
            if e.kind() == std::io::ErrorKind::UnexpectedEof {
                Error::Disconnected
            } else {
                Error::Io(e)
            }
        })?;

    let resp_len = u32::from_be_bytes(len_buf) as usize;
    if resp_len > MAX_KDC_FRAME_SIZE {
        return Err(Error::invalid_data(format!(
            "KDC TCP response length {} exceeds maximum {}",
            resp_len, MAX_KDC_FRAME_SIZE
        )));
    }

    // Read the response body.
    let mut buf = vec![0u8; resp_len];
    with_timeout(timeout, reader.read_exact(&mut buf))
        .await
        .map_err(|_| Error::Timeout)?
        .map_err(|e| {
            if e.kind() == std::io::ErrorKind::UnexpectedEof {
                Error::Disconnected
            } else {
                Error::Io(e)
            }
        })?;

    trace!("kdc: TCP received {} bytes", resp_len);
    Ok(buf)
}

/// Detect KRB_ERR_RESPONSE_TOO_BIG (error code 52) in a KRB-ERROR response.
///
/// KRB-ERROR is APPLICATION [30] (tag 0x7e). We parse just enough DER
/// to extract the error-code field (context tag [6]) without a full
/// ASN.1 parser.
fn is_response_too_big(response: &[u8]) -> bool {
    // KRB-ERROR starts with APPLICATION [30] = 0x7e.
    if response.is_empty() || response[0] != 0x7e {
        return false;
    }

    match extract_krb_error_code(response) {
        Some(code) => code == KRB_ERR_RESPONSE_TOO_BIG,
        None => false,
    }
}

/// Extract the error-code from a KRB-ERROR message.
///
/// KRB-ERROR structure (simplified DER):
/// ```text
/// APPLICATION [30] {
///   SEQUENCE {
///     [0] pvno INTEGER,
///     [1] msg-type INTEGER,
///     [2] ctime (optional),
///     [3] cusec (optional),
///     [4] stime,
///     [5] susec,
///     [6] error-code INTEGER,   <-- we want this
///     ...
///   }
/// }
/// ```
fn extract_krb_error_code(data: &[u8]) -> Option<u32> {
    let mut pos = 0;

    // Skip APPLICATION [30] tag.
    if pos >= data.len() || data[pos] != 0x7e {
        return None;
    }
    pos += 1;
    pos = skip_der_length(data, pos)?;

    // Skip SEQUENCE tag (0x30).
    if pos >= data.len() || data[pos] != 0x30 {
        return None;
    }
    pos += 1;
    pos = skip_der_length(data, pos)?;

    // Now iterate through context-tagged fields until we find [6].
    loop {
        if pos >= data.len() {
            return None;
        }

        let tag = data[pos];
        // Context tags are 0xa0..0xbf for constructed.
        if tag & 0xe0 != 0xa0 {
            return None;
        }
        let tag_num = tag & 0x1f;
        pos += 1;

        let (field_len, new_pos) = read_der_length(data, pos)?;
        let field_end = new_pos + field_len;

        if tag_num == 6 {
            // This field contains an INTEGER with the error code.
            return parse_der_integer(data, new_pos);
        }

        pos = field_end;
    }
}

/// Skip a DER length field and return the position after it.
fn skip_der_length(data: &[u8], pos: usize) -> Option<usize> {
    let (_len, new_pos) = read_der_length(data, pos)?;
    Some(new_pos)
}

/// Read a DER length field, returning (length, position_after_length).
fn read_der_length(data: &[u8], pos: usize) -> Option<(usize, usize)> {
    if pos >= data.len() {
        return None;
    }

    let first = data[pos];
    match first.cmp(&0x80) {
        std::cmp::Ordering::Less => {
            // Short form: length is the byte itself.
            Some((first as usize, pos + 1))
        }
        std::cmp::Ordering::Equal => {
            // Indefinite length, not used in DER.
            None
        }
        std::cmp::Ordering::Greater => {
            // Long form: first byte & 0x7f = number of subsequent length bytes.
            let num_bytes = (first & 0x7f) as usize;
            if num_bytes > 4 || pos + 1 + num_bytes > data.len() {
                return None;
            }
            let mut length: usize = 0;
            for i in 0..num_bytes {
                length = (length << 8) | (data[pos + 1 + i] as usize);
            }
            Some((length, pos + 1 + num_bytes))
        }
    }
}

/// Parse a DER INTEGER at the given position, returning its value as u32.
fn parse_der_integer(data: &[u8], pos: usize) -> Option<u32> {
    if pos >= data.len() || data[pos] != 0x02 {
        return None;
    }
    let (len, val_pos) = read_der_length(data, pos + 1)?;
    if val_pos + len > data.len() || len == 0 || len > 4 {
        return None;
    }

    let mut value: u32 = 0;
    for i in 0..len {
        value = (value << 8) | (data[val_pos + i] as u32);
    }
    Some(value)
}

/// Discover KDC addresses for a realm via DNS SRV records.
///
/// Looks up `_kerberos._udp.{realm}` and `_kerberos._tcp.{realm}`.
/// Returns addresses sorted by priority.
///
/// For now, this is a placeholder -- initial implementation uses
/// the hardcoded address from KdcConfig. DNS SRV discovery will
/// be added in a future version.
pub async fn discover_kdc(_realm: &str) -> Vec<String> {
    // Placeholder: DNS SRV lookup not yet implemented.
    // Callers should use KdcConfig.address directly.
    debug!("kdc: DNS SRV discovery not yet implemented, returning empty list");
    Vec::new()
}
