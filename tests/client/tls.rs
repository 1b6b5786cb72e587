//! Trust: the system's certificates, and those of a CA bundle.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use bytes::Bytes;
use orgkeeper::engine::seams::{HttpRequest, Network as _, NetworkError};
use orgkeeper::operator::network::{HttpNetwork, Limits};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use secrecy::SecretString;

use crate::world::network;

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
            // A client that does not trust this server ends the connection here.
            if matches!(tls.read(&mut [0; 4096]), Ok(1..)) {
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
        bearer: SecretString::from("token"),
        body: Bytes::new(),
        ca_bundle: bundle.map(Into::into),
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
