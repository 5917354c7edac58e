use std::sync::Arc;

use negotiate::{Acceptor, AcceptorConfig, Channel, Established, Negotiator, Refusal, Sealing, Step};

use super::peer::Peer;
use super::{Dice, PASSWORD, now, to_hex};

/// How a foreign client is set up.
pub(crate) struct Setup<'a> {
    pub(crate) package: &'a str,
    pub(crate) level: &'a str,
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) target: &'a str,
    pub(crate) binding: Option<&'a [u8]>,
}

/// Alice with the right password.
pub(crate) const ALICE: Setup<'static> = Setup {
    package: "Negotiate",
    level: "EncryptAndSign",
    user: "alice",
    password: PASSWORD,
    domain: "PEP",
    target: "WSMAN/pep.example",
    binding: None,
};

/// Bytes as a word for a peer.
pub(crate) fn hex_or_dash(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".into() } else { to_hex(bytes) }
}

/// Runs a handshake to its end on our side; the client must then agree that it is complete.
pub(crate) fn logon(
    peer: &mut Peer,
    setup: &Setup<'_>,
    config: AcceptorConfig,
    channel: Channel,
) -> Result<Established, Refusal> {
    let text = |text: &str| hex_or_dash(text.as_bytes());
    let (user, password, domain) = (text(setup.user), text(setup.password), text(setup.domain));
    let (target, binding) = (text(setup.target), hex_or_dash(setup.binding.unwrap_or_default()));
    peer.ask(&["start", setup.package, setup.level, &user, &password, &domain, &target, &binding]).unwrap();

    let mut dice = Dice::new(7);
    let mut acceptor = Negotiator::new(Arc::new(config), channel);
    let mut token = peer.bytes("step", &[]).unwrap();
    loop {
        match acceptor.step(&token, now(), dice.entropy()) {
            Step::Continue(answer) => token = peer.bytes("step", &answer).unwrap(),
            Step::Done(established) => {
                if let Some(last) = &established.token {
                    let words = peer.ask(&["step", &to_hex(last)]).expect("the client accepts our last token");
                    assert_eq!(words, ["-", "Completed"]);
                }
                return Ok(established);
            }
            Step::Fail(refusal) => return Err(refusal),
        }
    }
}

/// Three messages each way: the sequence numbers and the key streams agree.
pub(crate) fn exchange(peer: &mut Peer, sealing: &mut dyn Sealing) {
    for round in 0..3_u8 {
        let text = vec![round; 1 + 1000 * usize::from(round)];
        let wrapped = peer.bytes("wrap", &text).unwrap();
        let (token, data) = wrapped.split_at(16);
        assert_eq!(sealing.unseal(token, data.to_vec()).unwrap(), text);

        let sealed = sealing.seal(text.clone()).unwrap();
        assert_eq!(peer.bytes("unwrap", &[sealed.token, sealed.data].concat()).unwrap(), text);
    }
}
