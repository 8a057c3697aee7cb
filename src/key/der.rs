//! Which public key belongs to a private key in one of OpenSSL's formats?
//!
//! Just enough DER for PKCS#1 (RFC 8017 A.1.2), SEC1 (RFC 5915), PKCS#8 (RFC 5958) and OpenSSL's
//! DSA sequence. Everything is borrowed, so private numbers are never copied.

use ssh_key::private::Ed25519Keypair;
use zeroize::Zeroizing;

use super::public::Public;
use super::wire;

/// Why ssh will not use what a PEM body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It is not what its label says.
    Damaged,
    /// A sort of key OpenSSH does not know, such as curve secp256k1.
    Unsupported,
}

/// `RSA PRIVATE KEY`: version, modulus, public exponent, private numbers.
pub(crate) fn rsa(der: &[u8]) -> Result<Option<Public>, Unusable> {
    let mut fields = Tlv(sequence(der)?);
    let _version = fields.of(INTEGER)?;
    let modulus = fields.of(INTEGER)?;
    let exponent = fields.of(INTEGER)?;
    let _private = fields.of(INTEGER)?;
    // A DER INTEGER and an SSH mpint have the same bytes.
    public("ssh-rsa", &[exponent, modulus])
}

/// `DSA PRIVATE KEY`: version, p, q, g, y, x.
pub(crate) fn dsa(der: &[u8]) -> Result<Option<Public>, Unusable> {
    let mut fields = Tlv(sequence(der)?);
    let _version = fields.of(INTEGER)?;
    let numbers = [(); 5].map(|()| fields.of(INTEGER));
    let [p, q, g, y, _x] = numbers;
    public("ssh-dss", &[p?, q?, g?, y?])
}

/// `EC PRIVATE KEY`. The curve stands inside, or is given by the PKCS#8 wrapping.
pub(crate) fn ec(der: &[u8], curve_outside: Option<&[u8]>) -> Result<Option<Public>, Unusable> {
    let mut fields = Tlv(sequence(der)?);
    let _version = fields.of(INTEGER)?;
    let _private = fields.of(OCTETS)?;
    let (mut curve, mut point) = (curve_outside, None);
    while let Ok((tag, value)) = fields.next() {
        match tag {
            0xa0 => curve = Some(Tlv(value).of(OID)?),
            0xa1 => point = Tlv(value).of(BITS)?.split_first().map(|(_, point)| point),
            _ => {}
        }
    }
    let curve = match curve.ok_or(Unusable::Damaged)? {
        P256 => "nistp256",
        P384 => "nistp384",
        P521 => "nistp521",
        _ => return Err(Unusable::Unsupported),
    };
    match point {
        Some(point) => public(&format!("ecdsa-sha2-{curve}"), &[curve.as_bytes(), point]),
        // Leaving the point out is allowed, and libcrypto computes it.
        None => Ok(None),
    }
}

/// `PRIVATE KEY`: version, algorithm, the key as octets.
pub(crate) fn pkcs8(der: &[u8]) -> Result<Option<Public>, Unusable> {
    let mut fields = Tlv(sequence(der)?);
    let _version = fields.of(INTEGER)?;
    let mut algorithm = Tlv(fields.of(SEQUENCE)?);
    let key = fields.of(OCTETS)?;
    match algorithm.of(OID)? {
        RSA => rsa(key),
        EC => ec(key, algorithm.of(OID).ok()),
        ED25519 => {
            let seed = Tlv(key).of(OCTETS)?;
            let seed: Zeroizing<[u8; 32]> =
                Zeroizing::new(seed.try_into().map_err(|_| Unusable::Damaged)?);
            let pair = Ed25519Keypair::from_seed(&seed);
            public("ssh-ed25519", &[&pair.public.0])
        }
        // Its public number would have to be computed.
        DSA => Ok(None),
        _ => Err(Unusable::Unsupported),
    }
}

/// The cipher of an `ENCRYPTED PRIVATE KEY`, by the object identifier in its PBES2 parameters
/// (RFC 8018). None for anything rarer.
pub(crate) fn pbes2_cipher(der: &[u8]) -> Option<&'static str> {
    const AES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
    const TRIPLE_DES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07];
    let parameters = Tlv(sequence(der).ok()?).of(SEQUENCE).ok()?;
    if parameters
        .windows(TRIPLE_DES.len())
        .any(|w| w == TRIPLE_DES)
    {
        return Some("3des-cbc");
    }
    let at = parameters.windows(AES.len()).position(|w| w == AES)?;
    match parameters.get(at + AES.len())? {
        0x02 => Some("aes128-cbc"),
        0x16 => Some("aes192-cbc"),
        0x2a => Some("aes256-cbc"),
        _ => None,
    }
}

/// Whether the bytes are an `ENCRYPTED PRIVATE KEY`: parameters and octets, which is all that can
/// be told without the passphrase.
pub(crate) fn is_encrypted_pkcs8(der: &[u8]) -> bool {
    sequence(der).is_ok_and(|fields| {
        let mut fields = Tlv(fields);
        fields.of(SEQUENCE).is_ok() && fields.of(OCTETS).is_ok()
    })
}

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

/// A cursor over tag, length, value.
struct Tlv<'a>(&'a [u8]);

impl<'a> Tlv<'a> {
    fn next(&mut self) -> Result<(u8, &'a [u8]), Unusable> {
        let (tag, rest) = self.0.split_first().ok_or(Unusable::Damaged)?;
        let (first, rest) = rest.split_first().ok_or(Unusable::Damaged)?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            // A key file is at most 64 KiB, so three length bytes are more than enough.
            0x81..=0x83 => {
                let count = usize::from(first & 0x7f);
                let (bytes, rest) = rest.split_at_checked(count).ok_or(Unusable::Damaged)?;
                let length = bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                (length, rest)
            }
            _ => return Err(Unusable::Damaged),
        };
        let (value, rest) = rest.split_at_checked(length).ok_or(Unusable::Damaged)?;
        self.0 = rest;
        Ok((*tag, value))
    }

    fn of(&mut self, wanted: u8) -> Result<&'a [u8], Unusable> {
        let (tag, value) = self.next()?;
        (tag == wanted).then_some(value).ok_or(Unusable::Damaged)
    }
}

fn sequence(der: &[u8]) -> Result<&[u8], Unusable> {
    Tlv(der).of(SEQUENCE)
}

fn public(algorithm: &str, fields: &[&[u8]]) -> Result<Option<Public>, Unusable> {
    Public::from_blob(&wire::blob(algorithm, fields), "")
        .map(Some)
        .ok_or(Unusable::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_the_data_are_damage() {
        for der in [
            &[0x30u8, 0x05, 1][..],
            &[0x30],
            &[],
            &[0x30, 0x84, 0, 0, 0, 1, 0],
            &[0x30, 0x82, 1],
        ] {
            assert_eq!(rsa(der), Err(Unusable::Damaged));
            assert!(!is_encrypted_pkcs8(der));
        }
    }

    #[test]
    fn an_ed25519_seed_gives_its_public_key() {
        // RFC 8032 section 7.1, test 1.
        let seed = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
            0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
            0x1c, 0xae, 0x7f, 0x60,
        ];
        let mut der = vec![
            0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
        ];
        der.extend(seed);
        let key = pkcs8(&der).unwrap().unwrap();
        assert_eq!(key.blob()[19..23], [0xd7, 0x5a, 0x98, 0x01]);
    }
}
