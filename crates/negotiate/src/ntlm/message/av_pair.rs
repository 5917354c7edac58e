use super::MessageError;

/// More attributes than any peer sends.
const MAX_PAIRS: usize = 64;

/// What an attribute is (MS-NLMP 2.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AvId(pub(crate) u16);

impl AvId {
    pub(crate) const EOL: AvId = AvId(0);
    pub(crate) const NB_COMPUTER_NAME: AvId = AvId(1);
    pub(crate) const NB_DOMAIN_NAME: AvId = AvId(2);
    pub(crate) const DNS_COMPUTER_NAME: AvId = AvId(3);
    pub(crate) const DNS_DOMAIN_NAME: AvId = AvId(4);
    pub(crate) const FLAGS: AvId = AvId(6);
    pub(crate) const TIMESTAMP: AvId = AvId(7);
    pub(crate) const TARGET_NAME: AvId = AvId(9);
    pub(crate) const CHANNEL_BINDINGS: AvId = AvId(10);
}

/// What the client says about its own message (MsvAvFlags).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AvFlags(pub(crate) u32);

impl AvFlags {
    /// The message carries a MIC.
    pub(crate) const MIC: AvFlags = AvFlags(2);
    /// The target name comes from a source the client does not trust.
    pub(crate) const UNTRUSTED_TARGET: AvFlags = AvFlags(4);

    pub(crate) fn contains(self, others: AvFlags) -> bool {
        self.0 & others.0 == others.0
    }
}

/// A list of attributes, each at most once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AvPairs<'a>(Vec<(AvId, &'a [u8])>);

impl<'a> AvPairs<'a> {
    /// Reads up to the end mark. What follows it has no defined meaning (MS-NLMP note 30).
    pub(crate) fn parse(mut bytes: &'a [u8]) -> Result<AvPairs<'a>, MessageError> {
        let mut pairs = AvPairs::default();
        loop {
            let (&[i0, i1, l0, l1], rest) = bytes.split_first_chunk::<4>().ok_or(MessageError::AvPairs)?;
            let (id, length) = (AvId(u16::from_le_bytes([i0, i1])), usize::from(u16::from_le_bytes([l0, l1])));
            if id == AvId::EOL {
                return Ok(pairs);
            }
            let (value, rest) = rest.split_at_checked(length).ok_or(MessageError::AvPairs)?;
            if pairs.get(id).is_some() || pairs.0.len() == MAX_PAIRS {
                return Err(MessageError::AvPairs);
            }
            pairs.0.push((id, value));
            bytes = rest;
        }
    }

    pub(crate) fn get(&self, id: AvId) -> Option<&'a [u8]> {
        self.0.iter().find(|(found, _)| *found == id).map(|(_, value)| *value)
    }

    /// Adds an attribute, in place of one of the same kind.
    pub(crate) fn set(&mut self, id: AvId, value: &'a [u8]) {
        self.0.retain(|(found, _)| *found != id);
        self.0.push((id, value));
    }

    /// The list with its end mark.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, MessageError> {
        let mut out = Vec::new();
        for (id, value) in &self.0 {
            let length = u16::try_from(value.len()).map_err(|_| MessageError::AvPairs)?;
            out.extend_from_slice(&id.0.to_le_bytes());
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(value);
        }
        out.extend_from_slice(&[0; 4]);
        Ok(out)
    }

    /// Flags, none when there are none.
    pub(crate) fn flags(&self) -> Result<AvFlags, MessageError> {
        let Some(value) = self.get(AvId::FLAGS) else { return Ok(AvFlags::default()) };
        let value: [u8; 4] = value.try_into().map_err(|_| MessageError::AvPairs)?;
        Ok(AvFlags(u32::from_le_bytes(value)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn attributes_are_read_back_and_bytes_after_the_end_are_ignored(
            values in proptest::collection::btree_map(1..20_u16, proptest::collection::vec(any::<u8>(), 0..50), 0..12),
            tail in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut pairs = AvPairs::default();
            for (id, value) in &values {
                pairs.set(AvId(*id), value);
            }
            let mut bytes = pairs.encode().unwrap();
            bytes.extend(tail);
            prop_assert_eq!(AvPairs::parse(&bytes).unwrap(), pairs);
        }
    }

    #[test]
    fn w_034_a_list_without_an_end_or_with_a_cut_value_is_refused() {
        assert_eq!(AvPairs::parse(&[]), Err(MessageError::AvPairs));
        assert_eq!(AvPairs::parse(&[1, 0, 0, 0]), Err(MessageError::AvPairs));
        assert_eq!(AvPairs::parse(&[1, 0, 9, 0, 65, 0, 0, 0, 0, 0]), Err(MessageError::AvPairs));
    }

    #[test]
    fn an_attribute_given_twice_is_refused() {
        assert_eq!(AvPairs::parse(&[6, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]), Err(MessageError::AvPairs));
    }
}
