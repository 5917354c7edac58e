//! The two tokens (RFC 4178 4.2, MS-SPNG 2.2.1).

use super::mechanism::{MAX_MECH_TYPES, TOO_MANY};
use crate::der::{self, DerError, Element, Reader, tag};

/// 1.3.6.1.5.5.2
const SPNEGO: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];

/// The token is the first one of a GSS exchange, with its mechanism's name in front (RFC 2743 3.1).
pub(crate) fn is_initial(token: &[u8]) -> bool {
    token.first() == Some(&tag::APPLICATION_0)
}

/// The client's first token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NegTokenInit<'a> {
    /// The mechanisms' names, the client's favourite first.
    pub(super) types: Vec<&'a [u8]>,
    /// The list as the client wrote it: this is what `mechListMIC` signs.
    pub(super) types_der: &'a [u8],
    /// The optimistic token, for the favourite.
    pub(super) token: Option<&'a [u8]>,
}

impl<'a> NegTokenInit<'a> {
    pub(super) fn parse(token: &'a [u8]) -> Result<NegTokenInit<'a>, DerError> {
        let mut outer = Reader::new(der::only(token, tag::APPLICATION_0)?.contents);
        if outer.expect(tag::OBJECT_IDENTIFIER)?.contents != SPNEGO {
            return Err(DerError::Value);
        }
        let choice = outer.expect(tag::context(0))?;
        outer.finish()?;
        let mut fields = Fields::new(der::only(choice.contents, tag::SEQUENCE)?.contents);

        let list = fields.next(0)?.ok_or(DerError::Truncated)?;
        if list.tag != tag::SEQUENCE {
            return Err(DerError::Tag(list.tag));
        }
        // [1] reqFlags is not signed and must be ignored (MS-SPNG 3.1.5.3).
        fields.next(1)?;
        let token = octets(fields.next(2)?)?;
        // [3] and [4] are negHints and mechListMIC, in the one order or the other; here the first says nothing and the
        // second cannot be made yet.
        Ok(NegTokenInit { types: mech_types(list.contents)?, types_der: list.encoded, token })
    }

    /// A token with these mechanisms and an optimistic token for the first.
    pub(super) fn encode(mech_types_der: &[u8], mech_token: &[u8]) -> Vec<u8> {
        let list = der::element(tag::context(0), mech_types_der);
        let mech_token = der::element(tag::context(2), &der::element(tag::OCTET_STRING, mech_token));
        let sequence = der::element(tag::SEQUENCE, &[list, mech_token].concat());
        let name = der::element(tag::OBJECT_IDENTIFIER, SPNEGO);
        der::element(tag::APPLICATION_0, &[name, der::element(tag::context(0), &sequence)].concat())
    }
}

fn mech_types(list: &[u8]) -> Result<Vec<&[u8]>, DerError> {
    let mut reader = Reader::new(list);
    let mut mech_types = Vec::new();
    while !reader.is_empty() {
        if mech_types.len() == MAX_MECH_TYPES {
            return Err(TOO_MANY);
        }
        mech_types.push(reader.expect(tag::OBJECT_IDENTIFIER)?.contents);
    }
    Ok(mech_types)
}

/// A list of mechanisms as it is signed.
pub(super) fn encode_mech_types(mech_types: &[&[u8]]) -> Vec<u8> {
    let names: Vec<u8> = mech_types.iter().flat_map(|name| der::element(tag::OBJECT_IDENTIFIER, name)).collect();
    der::element(tag::SEQUENCE, &names)
}

/// How the negotiation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NegState {
    AcceptCompleted = 0,
    AcceptIncomplete = 1,
    Reject = 2,
    RequestMic = 3,
}

/// Every token after the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct NegTokenResp<'a> {
    pub(super) neg_state: Option<NegState>,
    pub(super) supported_mech: Option<&'a [u8]>,
    pub(super) response_token: Option<&'a [u8]>,
    pub(super) mech_list_mic: Option<&'a [u8]>,
}

impl<'a> NegTokenResp<'a> {
    pub(super) fn parse(token: &'a [u8]) -> Result<NegTokenResp<'a>, DerError> {
        let choice = der::only(token, tag::context(1))?;
        let mut fields = Fields::new(der::only(choice.contents, tag::SEQUENCE)?.contents);
        Ok(NegTokenResp {
            neg_state: fields.next(0)?.map(neg_state).transpose()?,
            supported_mech: fields.next(1)?.map(|oid| contents(oid, tag::OBJECT_IDENTIFIER)).transpose()?,
            response_token: octets(fields.next(2)?)?,
            mech_list_mic: octets(fields.next(3)?)?,
        })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let octets = |bytes: &[u8]| der::element(tag::OCTET_STRING, bytes);
        let fields = [
            self.neg_state.map(|state| der::element(tag::ENUMERATED, &[state as u8])),
            self.supported_mech.map(|oid| der::element(tag::OBJECT_IDENTIFIER, oid)),
            self.response_token.map(octets),
            self.mech_list_mic.map(octets),
        ];
        let fields: Vec<u8> = fields
            .into_iter()
            .zip(0..)
            .filter_map(|(field, number)| Some(der::element(tag::context(number), &field?)))
            .flatten()
            .collect();
        der::element(tag::context(1), &der::element(tag::SEQUENCE, &fields))
    }
}

fn neg_state(element: Element<'_>) -> Result<NegState, DerError> {
    match contents(element, tag::ENUMERATED)? {
        [0] => Ok(NegState::AcceptCompleted),
        [1] => Ok(NegState::AcceptIncomplete),
        [2] => Ok(NegState::Reject),
        [3] => Ok(NegState::RequestMic),
        _ => Err(DerError::Value),
    }
}

fn octets(element: Option<Element<'_>>) -> Result<Option<&[u8]>, DerError> {
    element.map(|element| contents(element, tag::OCTET_STRING)).transpose()
}

fn contents(element: Element<'_>, tag: u8) -> Result<&[u8], DerError> {
    if element.tag == tag { Ok(element.contents) } else { Err(DerError::Tag(element.tag)) }
}

/// The optional fields of a sequence, `[0]` to `[n]`, in their order.
struct Fields<'a> {
    rest: Reader<'a>,
}

impl<'a> Fields<'a> {
    fn new(sequence: &'a [u8]) -> Fields<'a> {
        Fields { rest: Reader::new(sequence) }
    }

    /// The element inside `[number]`, if that is the next field.
    fn next(&mut self, number: u8) -> Result<Option<Element<'a>>, DerError> {
        let mut reader = self.rest;
        if reader.is_empty() {
            return Ok(None);
        }
        let field = reader.element()?;
        if field.tag != tag::context(number) {
            return Ok(None);
        }
        self.rest = reader;
        let mut inner = Reader::new(field.contents);
        let element = inner.element()?;
        inner.finish()?;
        Ok(Some(element))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn w_114_any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = NegTokenInit::parse(&bytes);
            let _ = NegTokenResp::parse(&bytes);
        }

        #[test]
        fn a_response_is_read_back(
            token in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)),
            mic in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20)),
        ) {
            let response = NegTokenResp {
                neg_state: Some(NegState::RequestMic),
                supported_mech: Some(&[0x2a, 3]),
                response_token: token.as_deref(),
                mech_list_mic: mic.as_deref(),
            };
            let encoded = response.encode();
            prop_assert_eq!(NegTokenResp::parse(&encoded).unwrap(), response);
        }
    }

    #[test]
    fn a_first_token_with_request_flags_and_hints_is_read() {
        let list = encode_mech_types(&[&[0x2a, 3], &[0x2b, 4]]);
        let parts = [
            der::element(tag::context(0), &list),
            der::element(tag::context(1), &[tag::BIT_STRING, 2, 1, 0xfe]),
            der::element(tag::context(2), &der::element(tag::OCTET_STRING, b"token")),
            der::element(tag::context(3), &der::element(tag::SEQUENCE, &[0xa0, 0])),
        ];
        let sequence = der::element(tag::SEQUENCE, &parts.concat());
        let inner = [der::element(tag::OBJECT_IDENTIFIER, SPNEGO), der::element(tag::context(0), &sequence)].concat();
        let token = der::element(tag::APPLICATION_0, &inner);

        let init = NegTokenInit::parse(&token).unwrap();
        assert_eq!(init.types, [&[0x2a, 3][..], &[0x2b, 4]]);
        assert_eq!(init.types_der, list);
        assert_eq!(init.token, Some(&b"token"[..]));
    }

    #[test]
    fn a_list_of_thousands_of_mechanisms_is_refused() {
        let list = encode_mech_types(&vec![&[0x2a][..]; 5000]);
        assert_eq!(NegTokenInit::parse(&NegTokenInit::encode(&list, b"")), Err(TOO_MANY));
    }

    #[test]
    fn a_token_of_another_gss_mechanism_is_refused() {
        let kerberos = der::element(tag::OBJECT_IDENTIFIER, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]);
        let token = der::element(tag::APPLICATION_0, &[&kerberos[..], &[1, 0]].concat());
        assert_eq!(NegTokenInit::parse(&token), Err(DerError::Value));
    }
}
