//! An object store's address: Debian's nginx over https, which keeps what is PUT to it. Blocks of a blob are kept one by one, with the list
//! that commits them; [`ObjectStore::blob`] puts them together as a store would.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use regex::Regex;
use tempfile::TempDir;

use crate::machine;

/// The signature that lets a client write; any other is refused with 403.
pub const SIGNATURE: &str = "sp=rwl&se=2099-01-01T00%3A00%3A00Z&sig=Sg7hYq2SECRET";

/// A running nginx, ended when dropped.
pub struct ObjectStore {
    directory: TempDir,
    port: u16,
    child: Child,
}

impl ObjectStore {
    /// Starts it and waits until it answers.
    pub fn start() -> ObjectStore {
        let nginx = machine::on_path("nginx")
            .or_else(|| Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.exists()))
            .expect("this test needs nginx with its DAV module: apt-get install nginx-light");
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path();
        for folder in ["store", "temp"] {
            fs::create_dir(here.join(folder)).unwrap();
        }
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
            .arg(here.join("key.pem"))
            .arg("-out")
            .arg(here.join("certificate.pem"))
            .stderr(Stdio::null())
            .status()
            .expect("this test needs openssl: apt-get install openssl");
        assert!(made.success());
        let port = machine::free_port();
        fs::write(here.join("nginx.conf"), configuration(here, port)).unwrap();
        let child = Command::new(nginx)
            .arg("-p")
            .arg(here)
            .arg("-c")
            .arg(here.join("nginx.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(here.join("printed")).unwrap())
            .spawn()
            .unwrap();
        let mut store = ObjectStore { directory, port, child };
        let end = Instant::now() + Duration::from_secs(15);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = store.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "nginx does not answer ({ended:?}):\n{}", store.log());
            thread::sleep(Duration::from_millis(20));
        }
        store
    }

    /// The address of its container, with a signature.
    pub fn uri(&self, signature: &str) -> String {
        format!("https://localhost:{}/logs?{signature}", self.port)
    }

    /// Its certificate, which signs itself.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// The names of the blobs whose blocks were committed.
    pub fn blobs(&self) -> Vec<String> {
        let mut names = Vec::new();
        let root = self.directory.path().join("store/logs");
        for folder in fs::read_dir(&root).into_iter().flatten().map(|entry| entry.unwrap().file_name()) {
            for file in fs::read_dir(root.join(&folder)).unwrap().map(|entry| entry.unwrap().file_name()) {
                let name = format!("{}/{}", folder.to_str().unwrap(), file.to_str().unwrap());
                names.extend(name.strip_suffix(".blocklist").map(str::to_owned));
            }
        }
        names.sort();
        names
    }

    /// A blob: the blocks of its list, one after the other.
    pub fn blob(&self, name: &str) -> Vec<u8> {
        let root = self.directory.path().join("store/logs");
        let list = fs::read_to_string(root.join(format!("{name}.blocklist"))).unwrap();
        let id = Regex::new("<Latest>([A-Za-z0-9]+)</Latest>").unwrap();
        let blocks = id.captures_iter(&list).map(|id| fs::read(root.join(format!("{name}.{}.block", &id[1]))).unwrap());
        blocks.flatten().collect()
    }

    /// What it says, and who asked for what.
    pub fn log(&self) -> String {
        ["printed", "error.log", "access.log"]
            .iter()
            .filter_map(|name| fs::read_to_string(self.directory.path().join(name)).ok())
            .collect()
    }
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if thread::panicking() {
            eprintln!("nginx printed:\n{}", self.log());
        }
    }
}

fn configuration(here: &Path, port: u16) -> String {
    let here = here.display();
    let user = if machine::user() == "root" { "user root;\n" } else { "" };
    // one process, so that ending it ends all of it
    format!(
        "{user}daemon off;\nmaster_process off;\nworker_processes 1;\npid {here}/pid;\nerror_log {here}/error.log;\n\
         events {{ worker_connections 64; }}\n\
         http {{\n\
           access_log {here}/access.log;\n\
           client_max_body_size 64m;\n\
           client_body_temp_path {here}/temp;\n\
           proxy_temp_path {here}/temp; fastcgi_temp_path {here}/temp; uwsgi_temp_path {here}/temp; scgi_temp_path {here}/temp;\n\
           server {{\n\
             listen 127.0.0.1:{port} ssl;\n\
             ssl_certificate {here}/certificate.pem;\n\
             ssl_certificate_key {here}/key.pem;\n\
             root {here}/store;\n\
             location /logs {{\n\
               if ($arg_sig != \"Sg7hYq2SECRET\") {{ return 403; }}\n\
               if ($arg_comp = list) {{ return 200 \"<EnumerationResults/>\"; }}\n\
               if ($arg_comp = block) {{ rewrite ^(.*)$ $1.$arg_blockid.block break; }}\n\
               if ($arg_comp = blocklist) {{ rewrite ^(.*)$ $1.blocklist break; }}\n\
               dav_methods PUT;\n\
               create_full_put_path on;\n\
             }}\n\
           }}\n\
         }}\n"
    )
}
