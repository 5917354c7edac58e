//! The structures of the interface, as PowerShell's managed side lays them out on a 64-bit machine, and how they are read.

use std::ffi::c_void;
use std::mem::{offset_of, size_of};
use std::ptr::{null, without_provenance_mut};
use std::time::Duration;

use bytes::Bytes;
use clixml::Secret;
use psrpclient_core::{Callback, Completion, Handle, Logon, Mechanism, OptionValue, Outcome, ProxyAccess, Startup};
use zeroize::Zeroizing;

/// What a caller holds instead of an object. Never followed.
pub(crate) type RawHandle = *mut c_void;

/// UTF-16, ended by a NUL; may be null.
pub(crate) type Wide = *const u16;

/// `WSMAN_SHELL_COMPLETION_FUNCTION`.
type CompletionFunction = unsafe extern "C" fn(
    context: *mut c_void,
    flags: i32,
    error: *const Error,
    shell: RawHandle,
    command: RawHandle,
    operation: RawHandle,
    data: *const c_void,
);

/// `WSMAN_SHELL_ASYNC`.
#[repr(C)]
pub(crate) struct Async {
    context: *mut c_void,
    completion: Option<CompletionFunction>,
}

/// `WSMAN_DATA`: text, octets or a number.
#[repr(C)]
pub(crate) struct Data {
    kind: u32,
    /// UTF-16 units of a text, octets, or the number itself. The union behind `kind` begins at a multiple of eight.
    length: Aligned,
    /// Of a text or of octets.
    pointer: *const c_void,
}

/// A number where a pointer could stand.
#[repr(C, align(8))]
struct Aligned(u32);

const TEXT: u32 = 1;
const BINARY: u32 = 2;
const NUMBER: u32 = 4;

/// `WSMAN_AUTHENTICATION_CREDENTIALS`.
#[repr(C)]
pub(crate) struct Credentials {
    mechanism: u32,
    user: Wide,
    password: Wide,
}

/// `WSMAN_PROXY_INFO`.
#[repr(C)]
pub(crate) struct Proxy {
    access: i32,
    credentials: Credentials,
}

/// `WSMAN_STREAM_ID_SET` and `WSMAN_COMMAND_ARG_SET`.
#[repr(C)]
pub(crate) struct Texts {
    count: i32,
    texts: *const Wide,
}

/// `WSMAN_OPTION`.
#[repr(C)]
pub(crate) struct HeaderOption {
    name: Wide,
    value: Wide,
    must_comply: i32,
}

/// `WSMAN_OPTION_SET`.
#[repr(C)]
pub(crate) struct OptionSet {
    count: i32,
    options: *const HeaderOption,
    must_understand: i32,
}

/// `WSMAN_SHELL_STARTUP_INFO`.
#[repr(C)]
pub(crate) struct StartupInfo {
    input: *const Texts,
    output: *const Texts,
    idle_timeout: u32,
    working_directory: Wide,
    environment: *const c_void,
    name: Wide,
}

/// `WSMAN_ERROR`, for a completion.
#[repr(C)]
pub(crate) struct Error {
    code: u32,
    detail: Wide,
    language: Wide,
    machine: Wide,
}

/// `WSMAN_RECEIVE_DATA_RESULT`, for a completion.
#[repr(C)]
struct Received {
    stream: Wide,
    data: Data,
    state: Wide,
    exit_code: i32,
}

// L-004
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<Async>() == 16 && offset_of!(Async, completion) == 8);
    assert!(
        size_of::<Credentials>() == 24 && offset_of!(Credentials, user) == 8 && offset_of!(Credentials, password) == 16
    );
    assert!(size_of::<Proxy>() == 32 && offset_of!(Proxy, credentials) == 8);
    assert!(size_of::<Texts>() == 16 && offset_of!(Texts, texts) == 8);
    assert!(
        size_of::<OptionSet>() == 24
            && offset_of!(OptionSet, options) == 8
            && offset_of!(OptionSet, must_understand) == 16
    );
    assert!(
        size_of::<HeaderOption>() == 24
            && offset_of!(HeaderOption, value) == 8
            && offset_of!(HeaderOption, must_comply) == 16
    );
    assert!(
        size_of::<StartupInfo>() == 48
            && offset_of!(StartupInfo, output) == 8
            && offset_of!(StartupInfo, idle_timeout) == 16
    );
    assert!(
        offset_of!(StartupInfo, working_directory) == 24
            && offset_of!(StartupInfo, environment) == 32
            && offset_of!(StartupInfo, name) == 40
    );
    assert!(
        size_of::<Error>() == 32
            && offset_of!(Error, detail) == 8
            && offset_of!(Error, language) == 16
            && offset_of!(Error, machine) == 24
    );
    assert!(
        size_of::<Received>() == 48
            && offset_of!(Received, data) == 8
            && offset_of!(Received, state) == 32
            && offset_of!(Received, exit_code) == 40
    );
    assert!(size_of::<Data>() == 24 && offset_of!(Data, length) == 8 && offset_of!(Data, pointer) == 16);
};

/// The most units that are looked through for the end of a text.
const LONGEST: usize = 64 << 20;

pub(crate) fn raw(handle: Option<Handle>) -> RawHandle {
    let number = handle.map_or(0, Handle::get);
    without_provenance_mut(usize::try_from(number).unwrap_or_default())
}

pub(crate) fn handle(raw: RawHandle) -> Option<Handle> {
    Handle::from_raw(raw.addr() as u64)
}

/// Copies a text; none for null.
///
/// # Safety
/// Null, or a NUL-terminated text that lives during the call.
pub(crate) unsafe fn text(text: Wide) -> Option<String> {
    // SAFETY: the caller's promise
    unsafe { units(text) }.map(|units| String::from_utf16_lossy(&units))
}

/// # Safety
/// As for [`text`].
unsafe fn units(text: Wide) -> Option<Zeroizing<Vec<u16>>> {
    if text.is_null() {
        return None;
    }
    let mut units = Zeroizing::new(Vec::new());
    // SAFETY: the text lives, and every unit up to its NUL may be read
    while let unit @ 1.. = unsafe { text.add(units.len()).read_unaligned() }
        && units.len() < LONGEST
    {
        units.push(unit);
    }
    Some(units)
}

/// # Safety
/// Null, or a `WSMAN_AUTHENTICATION_CREDENTIALS` whose texts live during the call.
pub(crate) unsafe fn logon(credentials: *const Credentials) -> Option<Logon> {
    // SAFETY: the caller's promise
    let Some(credentials) = (unsafe { credentials.as_ref() }) else {
        return Some(Logon {
            user: String::new(),
            password: Secret::new(String::new()),
            mechanism: Mechanism::Negotiate,
        });
    };
    let mechanism = Mechanism::of(credentials.mechanism);
    // SAFETY: the caller's promise
    let (user, password) = unsafe { (text(credentials.user), units(credentials.password)) };
    if mechanism != Mechanism::Other && user.is_some() != password.is_some() {
        return None;
    }
    let password = password.map(|units| String::from_utf16_lossy(&units)).unwrap_or_default();
    Some(Logon { user: user.unwrap_or_default(), password: Secret::new(password), mechanism })
}

/// # Safety
/// Null, or a `WSMAN_PROXY_INFO`.
pub(crate) unsafe fn proxy(proxy: *const Proxy) -> ProxyAccess {
    // SAFETY: the caller's promise
    match unsafe { proxy.as_ref() }.map(|proxy| proxy.access) {
        None | Some(0 | 8) => ProxyAccess::None,
        Some(_) => ProxyAccess::Some,
    }
}

/// # Safety
/// Null, or a `WSMAN_DATA` whose octets or units live during the call.
pub(crate) unsafe fn octets(data: *const Data) -> Bytes {
    // SAFETY: the caller's promise
    match unsafe { data.as_ref() } {
        Some(data) if !data.pointer.is_null() => {
            let units = if data.kind == TEXT { 2 } else { 1 };
            // SAFETY: the pointer has this many octets
            Bytes::copy_from_slice(unsafe {
                std::slice::from_raw_parts(data.pointer.cast::<u8>(), data.length.0 as usize * units)
            })
        }
        _ => Bytes::new(),
    }
}

/// # Safety
/// Null, or a `WSMAN_DATA` with a text that lives during the call.
pub(crate) unsafe fn data_text(data: *const Data) -> String {
    // SAFETY: the caller's promise
    let octets = unsafe { octets(data) };
    let units: Vec<u16> = octets.as_chunks().0.iter().copied().map(u16::from_le_bytes).collect();
    String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
}

/// # Safety
/// Null, or a `WSMAN_DATA`.
pub(crate) unsafe fn option_value(data: *const Data) -> Option<OptionValue> {
    // SAFETY: the caller's promise
    let read = unsafe { data.as_ref() }?;
    match read.kind {
        NUMBER => Some(OptionValue::Number(read.length.0)),
        // SAFETY: the caller's promise
        TEXT => Some(OptionValue::Text(unsafe { data_text(data) })),
        _ => None,
    }
}

/// # Safety
/// Null, or a `WSMAN_COMMAND_ARG_SET` whose texts live during the call.
pub(crate) unsafe fn first_text(texts: *const Texts) -> Option<String> {
    // SAFETY: the caller's promise
    let set = unsafe { texts.as_ref() }?;
    if set.count < 1 || set.texts.is_null() {
        return None;
    }
    // SAFETY: there is at least one
    unsafe { text(set.texts.read()) }
}

/// # Safety
/// Null, or a `WSMAN_OPTION_SET` whose texts live during the call.
unsafe fn options(set: *const OptionSet) -> Vec<(String, String, bool)> {
    // SAFETY: the caller's promise
    let Some(set) = (unsafe { set.as_ref() }) else { return Vec::new() };
    if set.options.is_null() {
        return Vec::new();
    }
    let count = usize::try_from(set.count).unwrap_or_default();
    // SAFETY: there are this many
    let options = unsafe { std::slice::from_raw_parts(set.options, count) };
    let read = options.iter().map(|option| {
        // SAFETY: the caller's promise
        let (name, value) = unsafe { (text(option.name), text(option.value)) };
        (name.unwrap_or_default(), value.unwrap_or_default(), option.must_comply != 0)
    });
    read.collect()
}

/// # Safety
/// Each is null, or what the interface says, and lives during the call.
pub(crate) unsafe fn startup(
    resource: Wide,
    shell_id: Wide,
    info: *const StartupInfo,
    set: *const OptionSet,
    content: *const Data,
) -> Startup {
    // SAFETY: the caller's promise
    unsafe {
        let info = info.as_ref();
        Startup {
            resource: text(resource).unwrap_or_default(),
            shell_id: text(shell_id).unwrap_or_default(),
            name: info.and_then(|info| text(info.name)),
            idle_timeout: info.and_then(|info| milliseconds(info.idle_timeout)),
            options: options(set),
            content: data_text(content),
        }
    }
}

/// All ones stand for the server's own.
pub(crate) fn milliseconds(number: u32) -> Option<Duration> {
    (number != u32::MAX).then(|| Duration::from_millis(number.into()))
}

/// Copies both words: the structure may be gone when the operation completes.
///
/// # Safety
/// Null, or a `WSMAN_SHELL_ASYNC` whose function may be called from any thread as long as the process lives.
pub(crate) unsafe fn callback(asynchronous: *const Async) -> Callback {
    // SAFETY: the caller's promise
    let Some(Async { context, completion: Some(function) }) = (unsafe { asynchronous.as_ref() }) else {
        return Box::new(|_| ());
    };
    let (context, function) = (context.expose_provenance(), *function);
    Box::new(move |completion| {
        // SAFETY: the function takes any context that it was given with, from any thread
        unsafe { complete(function, std::ptr::with_exposed_provenance_mut(context), completion) }
    })
}

/// # Safety
/// The function must belong to the context.
unsafe fn complete(function: CompletionFunction, context: *mut c_void, completion: &Completion<'_>) {
    let (shell, command, operation) = (raw(completion.shell), raw(completion.command), raw(completion.operation));
    let flags = completion.flags.cast_signed();
    let tell = |error: *const Error, data: *const c_void| {
        // SAFETY: everything that is pointed to lives until the function returns
        unsafe { function(context, flags, error, shell, command, operation, data) }
    };
    match completion.outcome {
        Ok(Outcome::Done) => tell(null(), null()),
        Ok(Outcome::Text(text)) => {
            let units: Vec<u16> = text.encode_utf16().collect();
            let data = data(TEXT, units.len(), units.as_ptr().cast());
            tell(null(), (&raw const data).cast());
        }
        Ok(Outcome::Output(octets)) => {
            const STDOUT: [u16; 7] = [0x73, 0x74, 0x64, 0x6F, 0x75, 0x74, 0];
            let data = data(BINARY, octets.len(), octets.as_ptr().cast());
            let received = Received { stream: STDOUT.as_ptr(), data, state: null(), exit_code: 0 };
            tell(null(), (&raw const received).cast());
        }
        Err(failure) => {
            let detail: Vec<u16> = failure.detail.encode_utf16().chain([0]).collect();
            let empty = [0_u16];
            let (language, machine) = (empty.as_ptr(), empty.as_ptr());
            let error = Error { code: failure.code, detail: detail.as_ptr(), language, machine };
            tell(&raw const error, null());
        }
    }
}

fn data(kind: u32, length: usize, pointer: *const c_void) -> Data {
    Data { kind, length: Aligned(u32::try_from(length).unwrap_or_default()), pointer }
}
