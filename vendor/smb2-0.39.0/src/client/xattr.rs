//! macOS extended attributes, stored the way macOS's own SMB client stores them.
//!
//! A mount of the same share sees what these calls write, and the other way
//! round, byte for byte. The library stays at the byte level: it doesn't parse
//! plists, tag colors, or Finder flags.
//!
//! - **Default mapping**: an xattr is a named stream of the same name, whose
//!   inner `:` is mapped to U+F022 like any other (`streams.rs`). So
//!   `com.apple.metadata:_kMDItemUserTags` travels as
//!   `f.txt:com.apple.metadata<U+F022>_kMDItemUserTags`.
//! - **`com.apple.ResourceFork`** is the `AFP_Resource` stream, as is.
//! - **`com.apple.FinderInfo`** is the 32 bytes at offset 16 of the 60-byte
//!   `AFP_AfpInfo` stream. Writing it keeps the rest of that stream.
//!
//! Evidence, and what each server does: `docs/notes/named-streams-and-xattrs.md`.

use log::trace;

use crate::client::batch::{self, BatchOptions, BatchResults};
use crate::client::connection::Connection;
use crate::client::streams::is_missing_name;
use crate::error::Result;
use crate::types::Command;
use crate::{Error, Tree};

/// The xattr holding Finder's flags, label color, and creator codes.
pub const XATTR_FINDER_INFO: &str = "com.apple.FinderInfo";
/// The xattr holding a classic Mac resource fork.
pub const XATTR_RESOURCE_FORK: &str = "com.apple.ResourceFork";

const STREAM_AFP_INFO: &str = "AFP_AfpInfo";
const STREAM_AFP_RESOURCE: &str = "AFP_Resource";

/// The size of `com.apple.FinderInfo`.
const FINDER_INFO_LEN: usize = 32;
/// The size of an `AFP_AfpInfo` stream.
const AFP_INFO_LEN: usize = 60;
/// Where FinderInfo starts inside it.
const AFP_INFO_FINDER_OFFSET: usize = 16;
/// `AFP\0`, then version `0x00000100`, both big-endian, which Samba's `vfs_fruit`
/// checks on every write: it refuses anything else, with `STATUS_NOT_FOUND` on the
/// WRITE (Samba 4.20.6, 2026-10-31).
const AFP_INFO_HEADER: [u8; 8] = [b'A', b'F', b'P', 0, 0, 0, 1, 0];
/// "No backup time" (`AD_DATE_START`), what a server reports for a new stream.
const AFP_INFO_NO_BACKUP: [u8; 4] = [0x80, 0, 0, 0];
const AFP_INFO_BACKUP_OFFSET: usize = 12;

/// What one READ asks for in a batch: one credit's worth, far above a tag plist.
/// A bigger attribute costs that item a second round trip.
const BATCH_READ: u64 = 65536;

/// What one item charges: CREATE, a READ or WRITE of up to one credit, CLOSE.
const BATCH_ITEM_CHARGE: u16 = 3;

/// The stream that holds xattr `name`.
///
/// ```
/// use smb2::xattr_stream_name;
/// assert_eq!(xattr_stream_name("com.apple.FinderInfo"), "AFP_AfpInfo");
/// assert_eq!(xattr_stream_name("user.note"), "user.note");
/// ```
pub fn xattr_stream_name(name: &str) -> &str {
    match name {
        XATTR_FINDER_INFO => STREAM_AFP_INFO,
        XATTR_RESOURCE_FORK => STREAM_AFP_RESOURCE,
        other => other,
    }
}

/// The xattr that stream `stream` holds, as [`Tree::list_xattrs`] reports it.
pub fn stream_xattr_name(stream: &str) -> &str {
    match stream {
        STREAM_AFP_INFO => XATTR_FINDER_INFO,
        STREAM_AFP_RESOURCE => XATTR_RESOURCE_FORK,
        other => other,
    }
}

/// FinderInfo out of an `AFP_AfpInfo` stream. An unrecognized stream is an
/// error: guessing at it could hand out bytes that aren't FinderInfo.
pub(crate) fn finder_info_from_afp_info(stream: &[u8]) -> Result<Vec<u8>> {
    if stream.len() < AFP_INFO_LEN {
        return Err(Error::invalid_data(format!(
            "AFP_AfpInfo is {} bytes, expected {AFP_INFO_LEN}",
            stream.len()
        )));
    }
    if stream[..4] != AFP_INFO_HEADER[..4] {
        return Err(Error::invalid_data("AFP_AfpInfo has the wrong signature"));
    }
    Ok(stream[AFP_INFO_FINDER_OFFSET..AFP_INFO_FINDER_OFFSET + FINDER_INFO_LEN].to_vec())
}

/// `existing`'s `AFP_AfpInfo` with its FinderInfo replaced, or a new one. The
/// backup time and ProDOS info stay what they were.
fn afp_info_with_finder_info(existing: Option<&[u8]>, finder_info: &[u8]) -> Result<Vec<u8>> {
    if finder_info.len() != FINDER_INFO_LEN {
        return Err(Error::invalid_data(format!(
            "com.apple.FinderInfo is {FINDER_INFO_LEN} bytes, got {}",
            finder_info.len()
        )));
    }
    let mut stream = match existing {
        Some(existing) => {
            finder_info_from_afp_info(existing)?;
            existing[..AFP_INFO_LEN].to_vec()
        }
        None => {
            let mut fresh = vec![0u8; AFP_INFO_LEN];
            fresh[AFP_INFO_BACKUP_OFFSET..AFP_INFO_BACKUP_OFFSET + 4]
                .copy_from_slice(&AFP_INFO_NO_BACKUP);
            fresh
        }
    };
    stream[..AFP_INFO_HEADER.len()].copy_from_slice(&AFP_INFO_HEADER);
    stream[AFP_INFO_FINDER_OFFSET..AFP_INFO_FINDER_OFFSET + FINDER_INFO_LEN]
        .copy_from_slice(finder_info);
    Ok(stream)
}

fn check_xattr_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::invalid_data("an xattr name can't be empty"));
    }
    Ok(())
}

impl Tree {
    /// One xattr read. `assume_exists` is [`BatchOptions::assume_paths_exist`].
    ///
    /// Without it, the list of the file's streams comes first: most files in a
    /// listing have no such attribute, and that answers them in one round trip,
    /// tells a missing file apart, and gives the READ its exact size. Reading
    /// first and asking about the file only on "not found" measured about a third
    /// slower where 5% of files carried the attribute (and as fast where all of
    /// them did): `docs/notes/named-streams-and-xattrs.md`.
    async fn get_xattr_item(
        &self,
        conn: &mut Connection,
        path: &str,
        name: &str,
        assume_exists: bool,
    ) -> Result<Option<Vec<u8>>> {
        check_xattr_name(name)?;
        let stream = xattr_stream_name(name);
        let expected = if assume_exists {
            BATCH_READ
        } else {
            let listed = self.list_streams(conn, path).await?;
            // Case-insensitively, as NTFS names them. A false match only costs
            // a READ that answers "not found".
            match listed.iter().find(|s| s.name.eq_ignore_ascii_case(stream)) {
                Some(found) => found.size.max(1),
                None => return Ok(None),
            }
        };
        match self.read_stream_sized(conn, path, stream, expected).await {
            Ok(data) if name == XATTR_FINDER_INFO => finder_info_from_afp_info(&data).map(Some),
            Ok(data) => Ok(Some(data)),
            // Removed since the listing, or never there, or (with
            // `assume_exists`) the file itself gone, which that option accepts.
            Err(Error::Protocol {
                status,
                command: Command::Create,
            }) if is_missing_name(status) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Read an xattr. `Ok(None)` when the file is there and has no such
    /// attribute; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) when the
    /// file isn't.
    ///
    /// One round trip when the file has no such attribute, two when it has. For
    /// many files, use [`get_xattr_many`](Self::get_xattr_many).
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(conn: &mut smb2::client::Connection, tree: &smb2::Tree) -> Result<(), smb2::Error> {
    /// let tags = tree
    ///     .get_xattr(conn, "notes.txt", "com.apple.metadata:_kMDItemUserTags")
    ///     .await?;
    /// println!("{:?}", tags.map(|plist| plist.len()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_xattr(
        &self,
        conn: &mut Connection,
        path: &str,
        name: &str,
    ) -> Result<Option<Vec<u8>>> {
        trace!("xattr: get path={path:?} name={name:?}");
        self.get_xattr_item(conn, path, name, false).await
    }

    /// Write an xattr, creating or replacing it. A missing file is
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) and is never created
    /// (see [`write_stream`](Self::write_stream)).
    ///
    /// `com.apple.FinderInfo` must be exactly 32 bytes; it reads the stream
    /// around it and writes the whole stream back, so it takes one more round
    /// trip than the others.
    pub async fn set_xattr(
        &self,
        conn: &mut Connection,
        path: &str,
        name: &str,
        value: &[u8],
    ) -> Result<()> {
        check_xattr_name(name)?;
        if name != XATTR_FINDER_INFO {
            return self
                .write_stream(conn, path, xattr_stream_name(name), value)
                .await;
        }
        let existing = match self.read_stream(conn, path, STREAM_AFP_INFO).await {
            Ok(existing) => Some(existing),
            Err(Error::Protocol {
                status,
                command: Command::Create,
            }) if is_missing_name(status) => None,
            Err(e) => return Err(e),
        };
        let stream = afp_info_with_finder_info(existing.as_deref(), value)?;
        self.write_stream(conn, path, STREAM_AFP_INFO, &stream)
            .await
    }

    /// Remove an xattr. Removing one that isn't there succeeds, since what the
    /// caller asked for is true. A missing file is
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    ///
    /// Removing `com.apple.FinderInfo` removes the `AFP_AfpInfo` stream, the way
    /// a mount does.
    ///
    /// A server can keep what it reported deleted, which is
    /// [`Error::StreamDeleteIgnored`]: a QNAP does that with
    /// `com.apple.metadata:_kMDItemUserTags` and `com.apple.ResourceFork`. To clear
    /// Finder tags anywhere, write what macOS writes: a plist with an empty array.
    pub async fn remove_xattr(&self, conn: &mut Connection, path: &str, name: &str) -> Result<()> {
        check_xattr_name(name)?;
        match self
            .delete_stream(conn, path, xattr_stream_name(name))
            .await
        {
            Err(Error::Protocol {
                status,
                command: Command::Create,
            }) if is_missing_name(status) => self.probe_path(conn, path).await,
            other => other,
        }
    }

    /// List a file's xattr names, in the form the other calls take them.
    pub async fn list_xattrs(&self, conn: &mut Connection, path: &str) -> Result<Vec<String>> {
        let streams = self.list_streams(conn, path).await?;
        Ok(streams
            .into_iter()
            .map(|stream| stream_xattr_name(&stream.name).to_string())
            .collect())
    }

    /// Read one xattr from many files, overlapped on this connection. The
    /// results are in input order, one per path, each independent of the others.
    ///
    /// Each item means what [`get_xattr`](Self::get_xattr) means. When the
    /// caller just listed these paths and many of them may carry the attribute,
    /// set [`assume_paths_exist`](BatchOptions::assume_paths_exist): every file
    /// then costs one round trip.
    ///
    /// To show results as they arrive, use
    /// [`get_xattr_each`](Self::get_xattr_each). A path behind a DFS link answers
    /// [`ErrorKind::DfsReferral`](crate::ErrorKind::DfsReferral) here;
    /// [`SmbClient::get_xattr_many`](crate::SmbClient::get_xattr_many) follows it.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(conn: &mut smb2::client::Connection, tree: &smb2::Tree) -> Result<(), smb2::Error> {
    /// use smb2::BatchOptions;
    ///
    /// let paths = ["a.txt", "b.txt"];
    /// let options = BatchOptions::new().assume_paths_exist(true);
    /// let tags = tree
    ///     .get_xattr_many(conn, &paths, "com.apple.metadata:_kMDItemUserTags", options)
    ///     .await;
    /// assert_eq!(tags.len(), paths.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_xattr_many(
        &self,
        conn: &mut Connection,
        paths: &[&str],
        name: &str,
        options: BatchOptions,
    ) -> Vec<Result<Option<Vec<u8>>>> {
        self.get_xattr_each(conn, paths, name, options)
            .collect_in_order()
            .await
    }

    /// [`get_xattr_many`](Self::get_xattr_many), handing each result over as it
    /// finishes, with its index in `paths`.
    ///
    /// A busy NAS sometimes blocks for seconds on one open, so what a listing
    /// wants is the fast majority now. Nothing goes out until the returned
    /// [`BatchResults`] is polled.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(conn: &mut smb2::client::Connection, tree: &smb2::Tree) -> Result<(), smb2::Error> {
    /// let paths = ["a.txt", "b.txt"];
    /// let mut results = tree.get_xattr_each(conn, &paths, "user.note", Default::default());
    /// while let Some((index, value)) = results.next().await {
    ///     println!("{}: {:?}", paths[index], value?.map(|v| v.len()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_xattr_each(
        &self,
        conn: &mut Connection,
        paths: &[&str],
        name: &str,
        options: BatchOptions,
    ) -> BatchResults<Option<Vec<u8>>> {
        let window = batch::window_for(conn, BATCH_ITEM_CHARGE, options.window);
        let assume_exists = options.assume_paths_exist;
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_string()).collect();
        let name = name.to_string();
        let (tree, conn) = (self.clone(), conn.clone());
        batch::run(paths.len(), window, move |index| {
            let (tree, mut conn) = (tree.clone(), conn.clone());
            let (path, name) = (paths[index].clone(), name.clone());
            async move {
                tree.get_xattr_item(&mut conn, &path, &name, assume_exists)
                    .await
            }
        })
    }

    /// Write one xattr on many files, overlapped on this connection, each with
    /// its own value. The results are in input order, each independent of the
    /// others. Each item means what [`set_xattr`](Self::set_xattr) means.
    pub async fn set_xattr_many(
        &self,
        conn: &mut Connection,
        items: &[(&str, &[u8])],
        name: &str,
        options: BatchOptions,
    ) -> Vec<Result<()>> {
        let window = batch::window_for(conn, BATCH_ITEM_CHARGE, options.window);
        let items: Vec<(String, Vec<u8>)> = items
            .iter()
            .map(|(path, value)| ((*path).to_string(), value.to_vec()))
            .collect();
        let name = name.to_string();
        let (tree, conn) = (self.clone(), conn.clone());
        batch::run(items.len(), window, move |index| {
            let (tree, mut conn) = (tree.clone(), conn.clone());
            let (path, value) = items[index].clone();
            let name = name.clone();
            async move { tree.set_xattr(&mut conn, &path, &name, &value).await }
        })
        .collect_in_order()
        .await
    }
}
