//! The way from the programs to what a cluster's network, a port that is forwarded or the vendor's name would lead
//! them to: a proxy that leads there by name.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// The vendor, as manifests that name no endpoint have it.
pub const VENDOR: &str = "api.spotinst.io:443";

type Places = Arc<Mutex<BTreeMap<String, String>>>;

/// The proxy. It ends with the test.
pub struct Way {
    address: String,
    places: Places,
    authority: PathBuf,
    _directory: TempDir,
    serving: JoinHandle<()>,
}

impl Way {
    pub async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let authority = directory.path().join("authority.pem");
        let (acceptor, pem) = acceptor();
        std::fs::write(&authority, pem).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let places = Places::default();
        let known = Arc::clone(&places);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (known, acceptor) = (Arc::clone(&known), acceptor.clone());
                // A connection that breaks is the caller's to tell.
                tokio::spawn(async move { lead(stream, &known, acceptor).await.ok() });
            }
        });
        Self { address, places, authority, _directory: directory, serving }
    }

    /// From now on this name, with its port, leads to this address.
    pub fn leads(&self, name: &str, url: &str) {
        let address = url.trim_start_matches("http://").to_owned();
        self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), address);
    }

    /// What has programs go this way. The API server they reach directly.
    pub fn environment(&self) -> Vec<(String, String)> {
        let authority = self.authority.to_str().unwrap();
        let variables = [
            ("http_proxy", self.address.as_str()),
            ("https_proxy", &self.address),
            ("no_proxy", "127.0.0.1"),
            ("CURL_CA_BUNDLE", authority),
            ("SSL_CERT_FILE", authority),
        ];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The vendor's certificate, by an authority of our own; and the authority.
fn acceptor() -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let name = VENDOR.trim_end_matches(":443").to_owned();
    let mut params = CertificateParams::new(vec![name.clone()]).unwrap();
    // Under the authority's own name it would count as signed by itself.
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), pem)
}

/// Leads one connection to where its first line says.
async fn lead(stream: TcpStream, places: &Places, acceptor: TlsAcceptor) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let name = target.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let place = places.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    let Some(place) = place else {
        return stream
            .write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await;
    };
    let mut there = TcpStream::connect(place).await?;
    if method == "CONNECT" {
        while !first.trim().is_empty() {
            first.clear();
            stream.read_line(&mut first).await?;
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        return pass(acceptor.accept(stream).await?, there).await;
    }
    there.write_all(first.as_bytes()).await?;
    pass(stream, there).await
}

async fn pass(mut here: impl AsyncRead + AsyncWrite + Unpin, mut there: TcpStream) -> std::io::Result<()> {
    copy_bidirectional(&mut here, &mut there).await.map(drop)
}
