/// `System.Decimal`: a 96-bit whole number divided by a power of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits, sign included: |mantissa| < 2^96.
    pub mantissa: i128,
    /// How many of them stand behind the point: 0 to 28.
    pub scale: u8,
}
