//! Names, credentials and contexts: the library's objects, each freed once, and the calls that need them.

use std::ffi::{CString, c_int, c_void};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::Arc;

use negotiate::{KerberosError, KerberosTrouble, SealError, Sealed};
use zeroize::Zeroizing;

use crate::failure;
use crate::library::{Buffer, ChannelBindings, Functions, Iov, KeyValue, KeyValues, Oid, OidSet, Opaque, functions};

/// 1.2.840.113554.1.2.2
const KERBEROS: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
/// GSS_C_NT_HOSTBASED_SERVICE, 1.2.840.113554.1.2.1.4
const HOST_BASED_SERVICE: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04";
/// GSS_KRB5_NT_PRINCIPAL_NAME, 1.2.840.113554.1.2.2.1
const PRINCIPAL: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01";

const INITIATE: c_int = 1;
const ACCEPT: c_int = 2;
const CONTINUE_NEEDED: u32 = 1;
/// The statuses that mean that nothing came about: the upper half of a major status.
const ERRORS: u32 = 0xffff_0000;

/// GSS_C_MUTUAL_FLAG, GSS_C_REPLAY_FLAG, GSS_C_SEQUENCE_FLAG, GSS_C_CONF_FLAG, GSS_C_INTEG_FLAG
const WANTED: u32 = 2 | 4 | 8 | 16 | 32;
/// GSS_C_CHANNEL_BOUND_FLAG: the peer's binding was there, and was the right one.
const BOUND: u32 = 0x800;

const IOV_DATA: u32 = 1;
const IOV_HEADER: u32 = 2;
const IOV_PADDING: u32 = 9;
const IOV_ALLOCATE: u32 = 0x1_0000;

const EMPTY: Buffer = Buffer { length: 0, value: null_mut() };

/// Bytes that the library reads. It has no `const` in its types, but changes nothing.
fn lent(bytes: &[u8]) -> Buffer {
    Buffer { length: bytes.len(), value: bytes.as_ptr().cast_mut().cast() }
}

fn oid(bytes: &'static [u8]) -> Oid {
    Oid { length: u32::try_from(bytes.len()).unwrap_or(0), elements: bytes.as_ptr().cast_mut().cast() }
}

/// Takes the bytes out of a buffer of the library's.
fn taken(functions: Functions, mut buffer: Buffer) -> Vec<u8> {
    let bytes = if buffer.value.is_null() {
        Vec::new()
    } else {
        // SAFETY: the library wrote so many bytes there, and gave them to us
        unsafe { std::slice::from_raw_parts(buffer.value.cast::<u8>(), buffer.length) }.to_vec()
    };
    // SAFETY: the buffer is the library's, and is not looked at again
    unsafe { (functions.release_buffer)(&mut 0, &raw mut buffer) };
    bytes
}

/// The library's words for an error. They belong to the thread that met it, so it is asked at once.
fn error(functions: Functions, major: u32, minor: u32) -> KerberosError {
    const GENERAL: c_int = 1;
    const MECHANISM: c_int = 2;
    let (status, kind) = if minor == 0 { (major, GENERAL) } else { (minor, MECHANISM) };
    let (mut mechanism, mut more, mut text) = (oid(KERBEROS), 0, EMPTY);
    // SAFETY: all pointers live during the call
    unsafe {
        (functions.display_status)(&mut 0, status, kind, &raw mut mechanism, &raw mut more, &raw mut text);
    }
    failure::error(major, minor, String::from_utf8_lossy(&taken(functions, text)).into_owned())
}

fn check(functions: Functions, major: u32, minor: u32) -> Result<(), KerberosError> {
    if major & ERRORS == 0 { Ok(()) } else { Err(error(functions, major, minor)) }
}

/// A name that the library has read.
struct Name(Functions, Opaque);

impl Name {
    fn import(functions: Functions, name: &str, kind: &'static [u8]) -> Result<Name, KerberosError> {
        let (mut text, mut kind, mut imported, mut minor) = (lent(name.as_bytes()), oid(kind), null_mut(), 0);
        // SAFETY: all pointers live during the call
        let major = unsafe { (functions.import_name)(&raw mut minor, &raw mut text, &raw mut kind, &raw mut imported) };
        check(functions, major, minor)?;
        Ok(Name(functions, imported))
    }

    fn text(&self) -> Result<String, KerberosError> {
        let (mut text, mut minor) = (EMPTY, 0);
        // SAFETY: the name is one until it is dropped
        let major = unsafe { (self.0.display_name)(&raw mut minor, self.1, &raw mut text, null_mut()) };
        let bytes = taken(self.0, text);
        check(self.0, major, minor)?;
        String::from_utf8(bytes)
            .map_err(|_| KerberosError::new(KerberosTrouble::Other, "a name that is no text".into()))
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        // SAFETY: it is released here and nowhere else; no name is let be
        unsafe { (self.0.release_name)(&mut 0, &raw mut self.1) };
    }
}

/// What one proves oneself with: a ticket that a password bought, or the keys of a service.
pub struct Credential(Functions, Opaque);

// SAFETY: the library locks a credential while it changes it (MIT's thread safety, since 1.3)
unsafe impl Send for Credential {}
// SAFETY: the same
unsafe impl Sync for Credential {}

impl Credential {
    /// A ticket for this principal, `user` or `user@REALM`, kept in memory. Asks the KDC: it may take time.
    pub fn of_password(principal: &str, password: &str) -> Result<Credential, KerberosError> {
        let functions = functions()?;
        let name = Name::import(functions, principal, PRINCIPAL)?;
        let (mut mechanism, mut credential, mut minor) = (oid(KERBEROS), null_mut(), 0);
        let mut mechanisms = OidSet { count: 1, elements: &raw mut mechanism };
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let mut password = lent(&password);
        // SAFETY: all pointers live during the call; the library copies the password
        let major = unsafe {
            (functions.acquire_cred_with_password)(
                &raw mut minor,
                name.1,
                &raw mut password,
                0,
                &raw mut mechanisms,
                INITIATE,
                &raw mut credential,
                null_mut(),
                null_mut(),
            )
        };
        check(functions, major, minor)?;
        Ok(Credential(functions, credential))
    }

    /// The keys of a service: whatever principal of the file a client has a ticket for.
    pub fn of_keytab(keytab: &Path) -> Result<Credential, KerberosError> {
        let mut mechanism = oid(KERBEROS);
        let mut mechanisms = OidSet { count: 1, elements: &raw mut mechanism };
        Credential::keytab(keytab, &raw mut mechanisms)
    }

    /// The same, and the library's own SPNEGO around it: another opinion for tests of ours.
    #[doc(hidden)]
    pub fn of_keytab_with_spnego(keytab: &Path) -> Result<Credential, KerberosError> {
        Credential::keytab(keytab, null_mut())
    }

    fn keytab(keytab: &Path, mechanisms: *mut OidSet) -> Result<Credential, KerberosError> {
        let functions = functions()?;
        let no_text = |_| KerberosError::new(KerberosTrouble::Other, "a path that is no text".into());
        let file = CString::new([b"FILE:", keytab.as_os_str().as_bytes()].concat()).map_err(no_text)?;
        let mut element = KeyValue { key: c"keytab".as_ptr(), value: file.as_ptr() };
        let store = KeyValues { count: 1, elements: &raw mut element };
        let (mut credential, mut minor) = (null_mut(), 0);
        // SAFETY: all pointers live during the call; no name means any of the file, no mechanisms mean all
        let major = unsafe {
            (functions.acquire_cred_from)(
                &raw mut minor,
                null_mut(),
                0,
                mechanisms,
                ACCEPT,
                &raw const store,
                &raw mut credential,
                null_mut(),
                null_mut(),
            )
        };
        check(functions, major, minor)?;
        Ok(Credential(functions, credential))
    }
}

impl Drop for Credential {
    fn drop(&mut self) {
        // SAFETY: it is released here and nowhere else; contexts hold it by Arc
        unsafe { (self.0.release_cred)(&mut 0, &raw mut self.1) };
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

/// Which half of a handshake.
enum Half {
    /// To this service, with a credential of one's own or the ticket cache.
    Initiator(Name, Option<Arc<Credential>>),
    Acceptor(Arc<Credential>),
}

/// One handshake and the messages after it. It moves between threads, but is used by one at a time.
pub struct Context {
    functions: Functions,
    raw: Opaque,
    half: Half,
    /// What the handshake is bound to; its data, without addresses.
    binding: Option<Vec<u8>>,
    flags: u32,
    client: Option<String>,
    /// A message did not open: none is opened any more.
    broken: bool,
}

// SAFETY: a context belongs to no thread (MIT's thread safety); every call of it takes `&mut self`
unsafe impl Send for Context {}

/// What a token led to.
pub(crate) struct Stepped {
    pub(crate) complete: bool,
    pub(crate) token: Vec<u8>,
}

impl Context {
    /// The client's half, to the service `HTTP@host`. Without a credential, the ticket cache of this process is taken.
    pub fn initiator(
        service: &str,
        credential: Option<Arc<Credential>>,
        binding: Option<Vec<u8>>,
    ) -> Result<Context, KerberosError> {
        let functions = functions()?;
        let target = Name::import(functions, service, HOST_BASED_SERVICE)?;
        Ok(Context::new(functions, Half::Initiator(target, credential), binding))
    }

    /// The server's half. Without a binding, the client's is not looked at.
    pub fn acceptor(credential: Arc<Credential>, binding: Option<Vec<u8>>) -> Context {
        Context::new(credential.0, Half::Acceptor(credential), binding)
    }

    fn new(functions: Functions, half: Half, binding: Option<Vec<u8>>) -> Context {
        Context { functions, raw: null_mut(), half, binding, flags: 0, client: None, broken: false }
    }

    /// Takes the peer's token, none at first. The client's first step may ask the KDC and take time; the server's step
    /// touches the replay cache.
    pub(crate) fn advance(&mut self, token: &[u8]) -> Result<Stepped, KerberosError> {
        let Context { functions, .. } = *self;
        let mut bindings = self.binding.as_deref().map(|data| ChannelBindings {
            initiator_type: 0,
            initiator: EMPTY,
            acceptor_type: 0,
            acceptor: EMPTY,
            application_data: lent(data),
        });
        let bindings = bindings.as_mut().map_or(null_mut(), |bindings| &raw mut *bindings);
        let (mut input, mut output, mut minor, mut source) = (lent(token), EMPTY, 0, null_mut());
        let mut mechanism = oid(KERBEROS);
        let major = match &self.half {
            // SAFETY: all pointers live during the call; name and credential live as long as `self`
            Half::Initiator(target, credential) => unsafe {
                (functions.init_sec_context)(
                    &raw mut minor,
                    credential.as_ref().map_or(null_mut(), |credential| credential.1),
                    &raw mut self.raw,
                    target.1,
                    &raw mut mechanism,
                    WANTED,
                    0,
                    bindings,
                    if token.is_empty() { null_mut() } else { &raw mut input },
                    null_mut(),
                    &raw mut output,
                    &raw mut self.flags,
                    null_mut(),
                )
            },
            // SAFETY: the same
            Half::Acceptor(credential) => unsafe {
                (functions.accept_sec_context)(
                    &raw mut minor,
                    &raw mut self.raw,
                    credential.1,
                    &raw mut input,
                    bindings,
                    &raw mut source,
                    null_mut(),
                    &raw mut output,
                    &raw mut self.flags,
                    null_mut(),
                    null_mut(),
                )
            },
        };
        let source = (!source.is_null()).then(|| Name(functions, source));
        let result = check(functions, major, minor); // before another call forgets its words
        let token = taken(functions, output);
        result?;
        let complete = major & CONTINUE_NEEDED == 0;
        if complete && let Some(source) = source {
            self.client = Some(source.text()?);
        }
        Ok(Stepped { complete, token })
    }

    /// The client, once it has proved who it is.
    pub(crate) fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// Both sides have proved who they are, and messages can be sealed.
    pub(crate) fn protects(&self) -> bool {
        self.flags & WANTED == WANTED
    }

    /// The client's channel binding was there, and was the right one.
    pub(crate) fn is_bound(&self) -> bool {
        self.flags & BOUND != 0
    }

    /// Encrypts in place; what goes before the text, and padding if the cipher has any, are the library's to add.
    pub(crate) fn wrap(&mut self, mut message: Vec<u8>) -> Result<Sealed, SealError> {
        let iov = |kind, buffer| Iov { kind, buffer };
        let data = Buffer { length: message.len(), value: message.as_mut_ptr().cast::<c_void>() };
        let mut parts =
            [iov(IOV_HEADER | IOV_ALLOCATE, EMPTY), iov(IOV_DATA, data), iov(IOV_PADDING | IOV_ALLOCATE, EMPTY)];
        let mut sealed: c_int = 0;
        // SAFETY: the message's bytes are ours alone, and the parts live during the call
        let major =
            unsafe { (self.functions.wrap_iov)(&mut 0, self.raw, 1, 0, &raw mut sealed, parts.as_mut_ptr(), 3) };
        let [header, _, padding] = &parts;
        // SAFETY: what the library allocated it filled; it is released after that
        let (token, padding) = unsafe { (bytes_of(&header.buffer), bytes_of(&padding.buffer)) };
        // SAFETY: only what the library allocated is released
        unsafe { (self.functions.release_iov_buffer)(&mut 0, parts.as_mut_ptr(), 3) };
        match failure::seal_error(major) {
            None if sealed != 0 => {
                message.extend_from_slice(&padding);
                Ok(Sealed { token, data: message })
            }
            None => Err(SealError::Token),
            Some(error) => Err(error),
        }
    }

    /// Decrypts and verifies. A message that was only signed counts as malformed.
    pub(crate) fn unwrap(&mut self, token: &[u8], data: &[u8]) -> Result<Vec<u8>, SealError> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(SealError::Broken);
        }
        let whole = [token, data].concat();
        let (mut input, mut output, mut sealed) = (lent(&whole), EMPTY, 0);
        // SAFETY: all pointers live during the call
        let major = unsafe {
            (self.functions.unwrap)(&mut 0, self.raw, &raw mut input, &raw mut output, &raw mut sealed, null_mut())
        };
        let message = taken(self.functions, output);
        match failure::seal_error(major) {
            None if sealed != 0 => {
                self.broken = false;
                Ok(message)
            }
            None => Err(SealError::Token),
            Some(error) => Err(error),
        }
    }

    /// Signs.
    pub(crate) fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, SealError> {
        let (mut message, mut signature) = (lent(message), EMPTY);
        // SAFETY: all pointers live during the call
        let major = unsafe { (self.functions.get_mic)(&mut 0, self.raw, 0, &raw mut message, &raw mut signature) };
        let signature = taken(self.functions, signature);
        failure::seal_error(major).map_or(Ok(signature), Err)
    }

    /// Verifies a signature.
    pub(crate) fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), SealError> {
        let (mut message, mut signature) = (lent(message), lent(signature));
        // SAFETY: all pointers live during the call
        let major =
            unsafe { (self.functions.verify_mic)(&mut 0, self.raw, &raw mut message, &raw mut signature, null_mut()) };
        failure::seal_error(major).map_or(Ok(()), Err)
    }
}

/// # Safety
/// The buffer is empty, or the library filled it.
unsafe fn bytes_of(buffer: &Buffer) -> Vec<u8> {
    if buffer.value.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller's promise
    unsafe { std::slice::from_raw_parts(buffer.value.cast::<u8>(), buffer.length) }.to_vec()
}

impl Drop for Context {
    fn drop(&mut self) {
        if !self.raw.is_null() {
            // SAFETY: it is deleted here and nowhere else
            unsafe { (self.functions.delete_sec_context)(&mut 0, &raw mut self.raw, null_mut()) };
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context")
    }
}
