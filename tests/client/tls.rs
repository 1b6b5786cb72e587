//! Trust: the system's certificates, and those of a CA bundle.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use orgkeeper::engine::base::ports::{HttpRequest, Network as _, NetworkError, Tick};
use orgkeeper::operator::network::{HttpNetwork, Limits};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use secrecy::SecretString;

use crate::world::{network, network_at};

struct Authority(Issuer<'static, KeyPair>, String);

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority(Issuer::new(params, key), pem)
}

/// An HTTPS server that answers every connection once, for as long as the test runs.
fn server(authority: &Authority) -> String {
    server_that(authority, || {}, |_| {})
}

/// Such a server that does something before each handshake, and with what it reads.
fn server_that(
    authority: &Authority,
    before: impl Fn() + Send + 'static,
    reads: impl Fn(&[u8]) + Send + 'static,
) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.0).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut session, &mut stream);
            before();
            let mut read = [0; 4096];
            // A client that does not trust this server ends the connection here.
            if let Ok(length @ 1..) = tls.read(&mut read) {
                reads(&read[..length]);
                let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            }
            session.send_close_notify();
            let _ = session.write_tls(&mut stream);
        }
    });
    url
}

async fn get(network: &HttpNetwork, url: &str, bundle: Option<&str>) -> Result<u16, NetworkError> {
    let request = HttpRequest {
        method: http::Method::GET,
        url: url.parse().unwrap(),
        headers: Vec::new(),
        bearer: Some(SecretString::from("token")),
        body: Bytes::new(),
        ca_bundle: bundle.map(Into::into),
        leaves_by: None,
    };
    network.send(request).await.map(|response| response.status.as_u16())
}

#[tokio::test]
async fn a_bundle_is_trusted_by_those_who_name_it_and_by_no_other() {
    let (ours, other) = (authority(), authority());
    let url = server(&ours);
    let network = network(Limits::default());
    let both = format!("{}\n{}", other.1, ours.1);
    for _ in 0..2 {
        assert_eq!(get(&network, &url, Some(&ours.1)).await, Ok(200));
        assert_eq!(get(&network, &url, Some(&both)).await, Ok(200), "all of a bundle counts");
        for bundle in [None, Some(other.1.as_str())] {
            let error = get(&network, &url, bundle).await.unwrap_err();
            assert!(matches!(&error, NetworkError::Connect(why) if why.contains("certificate")), "{error:?}");
        }
    }
}

#[tokio::test]
async fn many_bundles_do_not_pile_up_and_still_work() {
    let ours = authority();
    let url = server(&ours);
    let network = network(Limits::default());
    for round in 0..40 {
        let bundle = format!("# {round}\n{}", ours.1);
        assert_eq!(get(&network, &url, Some(&bundle)).await, Ok(200), "{round}");
    }
    assert_eq!(get(&network, &url, Some(&format!("# 0\n{}", ours.1))).await, Ok(200), "made anew");
}

/// Where the child of the test below finds what it asks, and whether it is the child.
const ASKED: &str = "ORGKEEPER_TEST_ASKED";

/// As the chart's page has it for a company's own authority. The folders are read once in a process, so each choice of
/// them is another process: this test, run by itself.
#[tokio::test]
async fn every_folder_of_ssl_cert_dir_is_trusted_and_no_other() {
    if let Ok(asked) = std::env::var(ASKED) {
        let network = network(Limits::default());
        for part in asked.split(' ') {
            let (url, trusted) = part.split_once('=').unwrap();
            assert_eq!(get(&network, url, None).await.is_ok(), trusted == "yes", "{url}");
        }
        return;
    }
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let urls = folders.each_ref().map(|folder| {
        let authority = authority();
        std::fs::write(folder.path().join("company-ca.crt"), &authority.1).unwrap();
        server(&authority)
    });
    let [usual, company] = folders.each_ref().map(|folder| folder.path().to_str().unwrap().to_owned());
    for (trusted, answers) in [(format!("{usual}:{company}"), ["yes", "yes"]), (company, ["no", "yes"])] {
        let name = "tls::every_folder_of_ssl_cert_dir_is_trusted_and_no_other";
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env("SSL_CERT_DIR", &trusted)
            .env_remove("SSL_CERT_FILE")
            .env(ASKED, format!("{}={} {}={}", urls[0], answers[0], urls[1], answers[1]))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("1 passed"), "{trusted}: {said}");
    }
}

static HELD_UP: AtomicBool = AtomicBool::new(false);

/// Ten seconds on once this process was held up.
fn clock() -> Tick {
    let held_up = HELD_UP.load(Ordering::SeqCst);
    Tick::new(Duration::from_secs(if held_up { 10 } else { 0 }))
}

#[tokio::test]
async fn a_write_that_is_held_up_on_its_way_to_the_socket_is_not_sent() {
    let authority = authority();
    let read = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&read);
    // Whatever holds the process up strikes after it was asked to send, while it waits for the connection.
    let url = server_that(
        &authority,
        || HELD_UP.store(true, Ordering::SeqCst),
        move |bytes| log.lock().unwrap().push(String::from_utf8_lossy(bytes).into_owned()),
    );
    let network = network_at(Limits::default(), clock);
    let writes = [(http::Method::POST, "{}"), (http::Method::PUT, "{}"), (http::Method::DELETE, "")];
    for (method, body) in writes {
        for (leaves_by, sent) in [(Duration::from_secs(5), false), (Duration::from_secs(10), true)] {
            HELD_UP.store(false, Ordering::SeqCst);
            let request = HttpRequest {
                method: method.clone(),
                url: url.parse().unwrap(),
                headers: Vec::new(),
                bearer: Some(SecretString::from("token")),
                body: Bytes::from_static(body.as_bytes()),
                ca_bundle: Some(authority.1.as_str().into()),
                leaves_by: Some(Tick::new(leaves_by)),
            };
            let outcome = network.send(request).await;
            assert!(HELD_UP.load(Ordering::SeqCst));
            let read = std::mem::take(&mut *read.lock().unwrap());
            if sent {
                assert_eq!(outcome.unwrap().status, 200);
                assert!(
                    read.concat().starts_with(method.as_str()) && !read.concat().contains("chunked"),
                    "{read:?}"
                );
            } else {
                assert_eq!(outcome.unwrap_err(), NetworkError::TooLate, "{method}");
                assert!(read.is_empty(), "{read:?}");
            }
        }
    }
}
