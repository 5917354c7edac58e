//! The library, its types and the functions of it that are called. The types are those of MIT's `gssapi.h` and `gssapi_ext.h`.

use std::ffi::{c_char, c_int, c_void};
use std::sync::OnceLock;

use libloading::os::unix::{Library as Loaded, RTLD_LOCAL, RTLD_NOW};
use negotiate::{KerberosError, KerberosTrouble};

/// MIT's library by its SONAME. Heimdal's is another one, with other ways to seal.
const NAME: &str = "libgssapi_krb5.so.2";

/// `gss_name_t`, `gss_cred_id_t` and `gss_ctx_id_t`: pointers that only the library follows.
pub(crate) type Opaque = *mut c_void;

/// `gss_buffer_desc`
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Buffer {
    pub(crate) length: usize,
    pub(crate) value: *mut c_void,
}

/// `gss_OID_desc`
#[repr(C)]
pub(crate) struct Oid {
    pub(crate) length: u32,
    pub(crate) elements: *mut c_void,
}

/// `gss_OID_set_desc`
#[repr(C)]
pub(crate) struct OidSet {
    pub(crate) count: usize,
    pub(crate) elements: *mut Oid,
}

/// `gss_channel_bindings_struct`
#[repr(C)]
pub(crate) struct ChannelBindings {
    pub(crate) initiator_type: u32,
    pub(crate) initiator: Buffer,
    pub(crate) acceptor_type: u32,
    pub(crate) acceptor: Buffer,
    pub(crate) application_data: Buffer,
}

/// `gss_iov_buffer_desc`
#[repr(C)]
pub(crate) struct Iov {
    pub(crate) kind: u32,
    pub(crate) buffer: Buffer,
}

/// `gss_key_value_element_desc`
#[repr(C)]
pub(crate) struct KeyValue {
    pub(crate) key: *const c_char,
    pub(crate) value: *const c_char,
}

/// `gss_key_value_set_desc`
#[repr(C)]
pub(crate) struct KeyValues {
    pub(crate) count: u32,
    pub(crate) elements: *mut KeyValue,
}

/// Loads each function by its name. Each returns the major status and writes the minor status first.
macro_rules! functions {
    ($($name:ident: ($($argument:ty),*);)*) => {
        /// The functions. All take pointers that live during the call, and keep none of them.
        #[derive(Clone, Copy)]
        pub(crate) struct Functions {
            $(pub(crate) $name: unsafe extern "C" fn(*mut u32, $($argument),*) -> u32,)*
        }

        impl Functions {
            /// # Safety
            /// The library is MIT's GSSAPI, and stays loaded.
            unsafe fn of(library: &Loaded) -> Result<Functions, libloading::Error> {
                // SAFETY: the types are those of the library's headers
                unsafe { Ok(Functions { $($name: *library.get(concat!("gss_", stringify!($name), "\0").as_bytes())?,)* }) }
            }
        }
    };
}

functions! {
    import_name: (*mut Buffer, *mut Oid, *mut Opaque);
    display_name: (Opaque, *mut Buffer, *mut *mut Oid);
    release_name: (*mut Opaque);
    display_status: (u32, c_int, *mut Oid, *mut u32, *mut Buffer);
    release_buffer: (*mut Buffer);
    acquire_cred_with_password: (Opaque, *mut Buffer, u32, *mut OidSet, c_int, *mut Opaque, *mut *mut OidSet, *mut u32);
    acquire_cred_from: (Opaque, u32, *mut OidSet, c_int, *const KeyValues, *mut Opaque, *mut *mut OidSet, *mut u32);
    release_cred: (*mut Opaque);
    init_sec_context: (Opaque, *mut Opaque, Opaque, *mut Oid, u32, u32, *mut ChannelBindings, *mut Buffer, *mut *mut Oid, *mut Buffer, *mut u32, *mut u32);
    accept_sec_context: (*mut Opaque, Opaque, *mut Buffer, *mut ChannelBindings, *mut Opaque, *mut *mut Oid, *mut Buffer, *mut u32, *mut u32, *mut Opaque);
    delete_sec_context: (*mut Opaque, *mut Buffer);
    wrap_iov: (Opaque, c_int, u32, *mut c_int, *mut Iov, c_int);
    release_iov_buffer: (*mut Iov, c_int);
    unwrap: (Opaque, *mut Buffer, *mut Buffer, *mut c_int, *mut u32);
    get_mic: (Opaque, u32, *mut Buffer, *mut Buffer);
    verify_mic: (Opaque, *mut Buffer, *mut Buffer, *mut u32);
}

/// The library of this process. It is never unloaded: it keeps keys of threads.
struct Installed {
    functions: Functions,
    _loaded: Loaded,
}

/// The functions, from the library that is found now or was found before.
pub(crate) fn functions() -> Result<Functions, KerberosError> {
    static INSTALLED: OnceLock<Installed> = OnceLock::new();
    if let Some(installed) = INSTALLED.get() {
        return Ok(installed.functions);
    }
    let missing = |error: libloading::Error| KerberosError::new(KerberosTrouble::NotInstalled, error.to_string());
    // SAFETY: the library's initialisers touch nothing but the library
    let loaded = unsafe { Loaded::open(Some(NAME), RTLD_NOW | RTLD_LOCAL) }.map_err(missing)?;
    // SAFETY: it has the name of MIT's library, and goes where it is never dropped
    let functions = unsafe { Functions::of(&loaded) }.map_err(missing)?;
    Ok(INSTALLED.get_or_init(|| Installed { functions, _loaded: loaded }).functions)
}

/// Whether this machine has the library.
pub fn is_installed() -> bool {
    functions().is_ok()
}
