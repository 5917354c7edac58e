//! The 21 functions. Each reads its arguments, which live only during the call, and returns at once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use psrpclient_core::{Call, Handle, Library, SessionOption, code, text as error_text};

use crate::abi::{
    self, Async, Credentials, Data, OptionSet, Proxy, RawHandle, StartupInfo, Texts, Wide, callback, handle,
    milliseconds, raw,
};

/// Nothing unwinds into the caller.
fn guarded<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

fn result(code: u32) -> i32 {
    code.cast_signed()
}

/// Writes a handle where the caller looks for it.
///
/// # Safety
/// Null, or a place for a handle.
unsafe fn give(out: *mut RawHandle, handle: Handle) {
    if !out.is_null() {
        // SAFETY: the caller's promise
        unsafe { out.write(raw(Some(handle))) }
    }
}

/// Hands a call over to the session, shell or command that it was asked of.
fn submit(by: RawHandle, call: Call) {
    // 0 was never given out: the call is refused like any other of an unknown handle
    Library::global().submit(handle(by).unwrap_or_else(Library::reserve), call);
}

/// Writes a text by the two-call protocol: first how many units, then the units, without a NUL.
///
/// # Safety
/// `used` is null or a place for a number; `buffer` is null or holds the units that the first call told.
unsafe fn write_text(text: &str, length: i32, buffer: *mut u16, used: *mut i32) -> i32 {
    let units: Vec<u16> = text.encode_utf16().collect();
    let count = i32::try_from(units.len()).unwrap_or(i32::MAX);
    if !used.is_null() {
        // SAFETY: the caller's promise
        unsafe { used.write(count) }
    }
    if buffer.is_null() || length < count {
        return result(code::INSUFFICIENT_BUFFER);
    }
    // SAFETY: the buffer holds as many units
    unsafe { buffer.copy_from_nonoverlapping(units.as_ptr(), units.len()) }
    0
}

/// Begins.
///
/// # Safety
/// `api` is a place for a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManInitialize(_flags: i32, api: *mut RawHandle) -> i32 {
    guarded(result(code::OUT_OF_MEMORY), || {
        // SAFETY: the caller's promise
        unsafe { give(api, Library::global().initialize()) }
        0
    })
}

/// Ends. Before, after or while its sessions are closed.
#[unsafe(no_mangle)]
pub extern "C" fn WSManDeinitialize(api: RawHandle, _flags: i32) -> i32 {
    guarded(0, || {
        let known = handle(api).is_some_and(|api| Library::global().deinitialize(api));
        if known { 0 } else { result(code::INVALID_HANDLE) }
    })
}

/// The text of a code, asked for twice: for its length, and for itself.
///
/// # Safety
/// As for [`write_text`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManGetErrorMessage(
    _api: RawHandle,
    _flags: i32,
    _language: Wide,
    code: i32,
    length: i32,
    buffer: *mut u16,
    used: *mut i32,
) -> i32 {
    // SAFETY: the caller's promise
    guarded(result(code::OUT_OF_MEMORY), || unsafe {
        write_text(&error_text(code.cast_unsigned()), length, buffer, used)
    })
}

/// Makes a session. Nothing goes to the network.
///
/// # Safety
/// Each pointer is null or what the interface says, and lives during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManCreateSession(
    _api: RawHandle,
    connection: Wide,
    _flags: i32,
    credentials: *const Credentials,
    proxy: *const Proxy,
    session: *mut RawHandle,
) -> i32 {
    // SAFETY: the caller's promise
    guarded(result(code::OUT_OF_MEMORY), || unsafe {
        let connection = abi::text(connection).unwrap_or_default();
        let made = Library::global().create_session(&connection, abi::logon(credentials), abi::proxy(proxy));
        match made {
            Ok(handle) => {
                give(session, handle);
                0
            }
            Err(code) => result(code),
        }
    })
}

/// Closes a session; a shell that is being closed is closed yet.
#[unsafe(no_mangle)]
pub extern "C" fn WSManCloseSession(session: RawHandle, _flags: i32) {
    guarded((), || {
        if let Some(session) = handle(session) {
            Library::global().close_session(session);
        }
    });
}

/// Sets an option.
///
/// # Safety
/// `value` is null or a `WSMAN_DATA` that lives during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManSetSessionOption(session: RawHandle, option: i32, value: *const Data) -> i32 {
    guarded(result(code::OUT_OF_MEMORY), || {
        let set = || {
            let option = SessionOption::of(u32::try_from(option).ok()?)?;
            // SAFETY: the caller's promise
            let value = unsafe { abi::option_value(value) }?;
            Library::global().set_option(handle(session)?, option, value).then_some(())
        };
        if set().is_some() { 0 } else { result(code::INVALID_PARAMETER) }
    })
}

/// Reads an option that is a number.
///
/// # Safety
/// `value` is null or a place for a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManGetSessionOptionAsDword(session: RawHandle, option: i32, value: *mut u32) -> i32 {
    guarded(result(code::OUT_OF_MEMORY), || {
        let read = || {
            let option = SessionOption::of(u32::try_from(option).ok()?)?;
            Library::global().number_option(handle(session)?, option)
        };
        match read() {
            Some(number) if !value.is_null() => {
                // SAFETY: the caller's promise
                unsafe { value.write(number) }
                0
            }
            _ => result(code::INVALID_PARAMETER),
        }
    })
}

/// Reads an option that is a text.
///
/// # Safety
/// As for [`write_text`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManGetSessionOptionAsString(
    session: RawHandle,
    option: i32,
    length: i32,
    buffer: *mut u16,
    used: *mut i32,
) -> i32 {
    guarded(result(code::OUT_OF_MEMORY), || {
        let read = || {
            let option = SessionOption::of(u32::try_from(option).ok()?)?;
            Library::global().text_option(handle(session)?, option)
        };
        match read() {
            // SAFETY: the caller's promise
            Some(text) => unsafe { write_text(&text, length, buffer, used) },
            None => result(code::INVALID_PARAMETER),
        }
    })
}

/// Makes a shell.
///
/// # Safety
/// Each pointer is null or what the interface says; all but the completion function are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManCreateShellEx(
    session: RawHandle,
    _flags: i32,
    resource: Wide,
    shell_id: Wide,
    info: *const StartupInfo,
    options: *const OptionSet,
    content: *const Data,
    asynchronous: *const Async,
    out: *mut RawHandle,
) {
    // SAFETY: the caller's promise
    guarded((), || unsafe {
        let shell = Library::reserve();
        let startup = abi::startup(resource, shell_id, info, options, content);
        let callback = callback(asynchronous);
        give(out, shell);
        submit(session, Call::Create { shell, startup, callback });
    });
}

/// Comes to a shell that was left.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManConnectShell(
    session: RawHandle,
    _flags: i32,
    resource: Wide,
    shell_id: Wide,
    options: *const OptionSet,
    content: *const Data,
    asynchronous: *const Async,
    out: *mut RawHandle,
) {
    // SAFETY: the caller's promise
    guarded((), || unsafe {
        let shell = Library::reserve();
        let startup = abi::startup(resource, shell_id, std::ptr::null(), options, content);
        let callback = callback(asynchronous);
        give(out, shell);
        submit(session, Call::Connect { shell, startup, callback });
    });
}

/// Leaves a shell.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManDisconnectShell(
    shell: RawHandle,
    flags: i32,
    idle_timeout: *const u32,
    asynchronous: *const Async,
) {
    guarded((), || {
        // SAFETY: the caller's promise
        let (idle, callback) = unsafe { (idle_timeout.as_ref(), callback(asynchronous)) };
        let Some(handle) = handle(shell) else { return };
        let idle_timeout = idle.and_then(|idle| milliseconds(*idle));
        submit(shell, Call::Disconnect { shell: handle, flags: flags.cast_unsigned(), idle_timeout, callback });
    });
}

/// Comes back to a shell.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManReconnectShell(shell: RawHandle, _flags: i32, asynchronous: *const Async) {
    guarded((), || {
        let Some(handle) = handle(shell) else { return };
        // SAFETY: the caller's promise
        submit(shell, Call::Reconnect { shell: handle, callback: unsafe { callback(asynchronous) } });
    });
}

/// Closes a shell. This always completes.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManCloseShell(shell: RawHandle, _flags: i32, asynchronous: *const Async) {
    guarded((), || {
        let handle = handle(shell).unwrap_or_else(Library::reserve);
        // SAFETY: the caller's promise
        submit(shell, Call::CloseShell { shell: handle, callback: unsafe { callback(asynchronous) } });
    });
}

/// Runs a command: the pipeline is in the first argument.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManRunShellCommandEx(
    shell: RawHandle,
    _flags: i32,
    command_id: Wide,
    command_line: Wide,
    arguments: *const Texts,
    _options: *const OptionSet,
    asynchronous: *const Async,
    out: *mut RawHandle,
) {
    // SAFETY: the caller's promise
    guarded((), || unsafe {
        let Some(handle) = handle(shell) else { return };
        let command = Library::reserve();
        let call = Call::Run {
            shell: handle,
            command,
            id: abi::text(command_id).unwrap_or_default(),
            line: abi::text(command_line).unwrap_or_default(),
            argument: abi::first_text(arguments).unwrap_or_default(),
            callback: callback(asynchronous),
        };
        give(out, command);
        submit(shell, call);
    });
}

/// Comes to a command of a shell that was left.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManConnectShellCommand(
    shell: RawHandle,
    _flags: i32,
    command_id: Wide,
    _options: *const OptionSet,
    _content: *const Data,
    asynchronous: *const Async,
    out: *mut RawHandle,
) {
    // SAFETY: the caller's promise
    guarded((), || unsafe {
        let Some(handle) = handle(shell) else { return };
        let command = Library::reserve();
        let id = abi::text(command_id).unwrap_or_default();
        let callback = callback(asynchronous);
        give(out, command);
        submit(shell, Call::ConnectCommand { shell: handle, command, id, callback });
    });
}

/// Comes back to a command.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManReconnectShellCommand(command: RawHandle, _flags: i32, asynchronous: *const Async) {
    guarded((), || {
        let Some(handle) = handle(command) else { return };
        // SAFETY: the caller's promise
        submit(command, Call::ReconnectCommand { command: handle, callback: unsafe { callback(asynchronous) } });
    });
}

/// Closes a command. This always completes.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManCloseCommand(command: RawHandle, _flags: i32, asynchronous: *const Async) {
    guarded((), || {
        let handle = handle(command).unwrap_or_else(Library::reserve);
        // SAFETY: the caller's promise
        submit(command, Call::CloseCommand { command: handle, callback: unsafe { callback(asynchronous) } });
    });
}

/// The client announces a receive, and disconnects then (`WSMAN_FLAG_RECEIVE_DELAY_OUTPUT_STREAM`).
const DELAYED: i32 = 0x10;

/// Receives from a shell or from a command, to its end.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManReceiveShellOutput(
    shell: RawHandle,
    command: RawHandle,
    flags: i32,
    _streams: *const Texts,
    asynchronous: *const Async,
    out: *mut RawHandle,
) {
    // SAFETY: the caller's promise
    guarded((), || unsafe {
        let Some(of) = handle(shell) else { return };
        let operation = Library::reserve();
        let (command, delayed) = (handle(command), flags & DELAYED != 0);
        let callback = callback(asynchronous);
        give(out, operation);
        submit(shell, Call::Receive { shell: of, command, operation, delayed, callback });
    });
}

/// Sends input. The end of a stream is a message of PSRP, never the flag.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManSendShellInput(
    shell: RawHandle,
    command: RawHandle,
    _flags: i32,
    stream: Wide,
    data: *const Data,
    _end: i32,
    asynchronous: *const Async,
    out: *mut RawHandle,
) {
    // SAFETY: the caller's promise
    guarded((), || unsafe {
        let Some(of) = handle(shell) else { return };
        let operation = Library::reserve();
        let stream = abi::text(stream).unwrap_or_default();
        let (data, callback) = (abi::octets(data), callback(asynchronous));
        give(out, operation);
        submit(shell, Call::Send { shell: of, command: handle(command), operation, stream, data, callback });
    });
}

/// Stops a command.
///
/// # Safety
/// As for [`WSManCreateShellEx`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn WSManSignalShell(
    shell: RawHandle,
    command: RawHandle,
    _flags: i32,
    code: Wide,
    asynchronous: *const Async,
    out: *mut RawHandle,
) {
    // SAFETY: the caller's promise
    guarded((), || unsafe {
        let Some(of) = handle(shell) else { return };
        let operation = Library::reserve();
        let code = abi::text(code).unwrap_or_default();
        let callback = callback(asynchronous);
        give(out, operation);
        submit(shell, Call::Signal { shell: of, command: handle(command), operation, code, callback });
    });
}

/// Lets an operation go. Nothing is kept for one.
#[unsafe(no_mangle)]
pub extern "C" fn WSManCloseOperation(_operation: RawHandle, _flags: i32) {}
