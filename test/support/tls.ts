/** Certificates for tests. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate that nobody signed but itself, for 127.0.0.1 and localhost. Good for tests alone: its key is public. */
export const SELF_SIGNED = {
  key: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIDIFJjnPgXtpSsPRJSu5/VwLSlNJOCZhNKwovAkFVl9FoAoGCCqGSM49
AwEHoUQDQgAE/nB50aiB6u8+AxTvnrHLbBVDyDp4nXBja29d3CQ4IJcsRNCs9oJN
2uf8+lxZq7i86zbCwccHHKJ+SihLK4Gbaw==
-----END EC PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUIjrg1Hx6PW5p4jMttaoQcpqPwQ4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE0NDgwOFoYDzIxMjYxMDI5
MTQ0ODA4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT+cHnRqIHq7z4DFO+esctsFUPIOnidcGNrb13cJDgglyxE0Kz2gk3a
5/z6XFmruLzrNsLBxwccon5KKEsrgZtro28wbTAdBgNVHQ4EFgQUo3SyWU0uOXYA
cDqsKpTHbQSV/UowHwYDVR0jBBgwFoAUo3SyWU0uOXYAcDqsKpTHbQSV/UowDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgOskdM9liIITQy5B8UHkxrd7+q523eDJw9ZfjclP+G/UCIQCj
mVuvNOY5eEMty69+wOJ56/zN2jF1zJzKKKk7L0OEtw==
-----END CERTIFICATE-----`,
};

/** Another, for gateway.example, 127.0.0.1 and localhost: what the first is renewed with. */
export const RENEWED = {
  key: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEII3XqBc3F6FyCwbbQs5smzclNZnX5Z0ZWz3OH3YJAGOZoAoGCCqGSM49
AwEHoUQDQgAEbhDNUYCUJiJwEM27MXYF45rpJUOodS2KhSN/YUMYmWi//vxVj3Ux
+yxjyGybYNybEmRMb7igdqkH7DutOcShtw==
-----END EC PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBuTCCAV+gAwIBAgIUax33PR6C9fb8qK+XeihdCFd/lS0wCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPZ2F0ZXdheS5leGFtcGxlMCAXDTI2MTEyMjE5NTg0NVoYDzIx
MjYxMDI5MTk1ODQ1WjAaMRgwFgYDVQQDDA9nYXRld2F5LmV4YW1wbGUwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAARuEM1RgJQmInAQzbsxdgXjmuklQ6h1LYqFI39h
QxiZaL/+/FWPdTH7LGPIbJtg3JsSZExvuKB2qQfsO605xKG3o4GAMH4wHQYDVR0O
BBYEFNzDMm0x66h8xD3JLl6pcP0kj9QMMB8GA1UdIwQYMBaAFNzDMm0x66h8xD3J
Ll6pcP0kj9QMMA8GA1UdEwEB/wQFMAMBAf8wKwYDVR0RBCQwIoIPZ2F0ZXdheS5l
eGFtcGxlgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIhAL0k/3X+
vIQxcgU4L3/sq4wDVqo+mHxN4Qc4GtBmAapoAiBxGE1jvbiO9Ts6CoJdRR/Ee6So
FGxwCnBnBPHNAVJFlA==
-----END CERTIFICATE-----`,
};

/** An RSA pair, which costs more. */
export const RSA = {
  key: `-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCqTsf+8denIGZw
GEtIicMfpNgM5FUIuN89PKW3o5y0tn0jmnRSqtXRTzyEfVtfvdvTqaUdE3nWidCn
IZ0gfGBHEYM3g8aL0NNUYfteEbGModepcN/xRHQ4Exdt8TGNvnWPhSx3+ctIUbzE
kGF9yoFUQJw1l4601K48vopzZzjuugbb/JkSL0TPHFo4me1rsH1s6lOhf3lL88GB
yDi90IW33US6jsQB9KbnTaJsIjV02xyWWFKHZ3ZjxrD1WWGuOVfQPW2feFKula5t
XqwBrQtx4IeR85lnCYJAqvrWsAXCd/1Scg7c3LKT8ncPomQgr/suEj2/yQFqyPBn
fsWnOPjBAgMBAAECggEABnK+6wnaW9Ez27bpw8x2gzhVN1C+YPsJ9co57ozu8h8u
OAbBNH+UIq2Muan655I7VGVqE2KhRHSZnjhdOAWJiitRM+0E+5Z7p+hhUXebSLs4
fImB6yNHwLdFVfPxx7+AOT/GNiEyt5Fjs7ARRudf0/Ixz+wl+rYKRlHDEXlFLDG2
QN0n7pxJjim4mIDm+f2FKPVQxB1e0k4asFoq29/q0h97WqEqmTE9jXtqNKoMkmPD
QQi3jjrXt+wos3WOoCS0JykKO7L0vW/Zll434+7U9QKKMGPxHUOZlyk5oFdaDkTK
lUMxZuX3rGZiLpDZRcsiNAtYccBlRg6nWCrLNGaxaQKBgQDssaRTAZimQzKHC9sY
d8z30IDMWYDGNxsY6sAAgPEkyXKhkdTlbVcha06dPjyTOM9zqX/Y9SEea9wRsPyT
wzJgWlhhTOMWKf06kLjM14oBU6zivWvwV3Ll44w9vUUkwRw/ijgALAb9wmQ23Fho
a4kyE70lRsU360vKHk+TbPAmqQKBgQC4MvFlnqrmkDfLLo0Usjjne0WW+FWtYEvI
TlAlJbIUkcqgDXLg+xqqW2lAamr0bXRfwstjlsyFDTHcNu/WMIdk1VGUYJgoPlQT
ONYTjwNJr6gqSTaH26jVxqRTRGpPKf8s+rzvgvN9JaHYKPgO6HmDo552aR4XrcsT
6iBDS3xIWQKBgQCA9aydWSJNfBE8iRYfd65iWuTB8gX6eS23XrerzpUUQPnG1AjV
08QEPk3/2FfysqI8114D3FLmG0g1D2QeMdzxqGe848JaYhhJX26AlPLpFCj/BMuZ
kFvWqyrOvJ++jcSRTgKC/Xn1qoMlbNpyUhzW/vAwLiXn+Lg7cFZU8abKuQKBgGPg
u6QudNywNpClnTorqU9bOFC0N0DbhjwGus5psjYVF5nRsQjtH3hgOKIFEhmXgBKs
vTwy+JLspKyT3Vh21/OE98dM2TR5F32Uw/+2/EFoTfcf28GvCc1g+Jlt73cdfpAV
JX15tC2Xyjo7fMYYqEsI3VO3i+mrAwK5YOUceTeBAoGBAKtTbzXN+vQ+DKGVDsxn
DpWDk2PhUTGL0CtnLVZG73cPl+cpbJg0pVcTFNN573XVBI5O+mH00RAweTUAvOm0
H3XOpDQOr4fL+NCwbESkYuuXxTqX0ocjqZyMlbVcdkbA9ZAXG92sT1ttFUuNTg9n
7iUVaXru5dn6r43Yn4OoXdJj
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIDITCCAgmgAwIBAgIUVCmWFhwvJHrN0VLLaTlbgdDciOowDQYJKoZIhvcNAQEL
BQAwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzAxNDQxOVoYDzIxMjYx
MDMwMDE0NDE5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwggEiMA0GCSqGSIb3DQEB
AQUAA4IBDwAwggEKAoIBAQCqTsf+8denIGZwGEtIicMfpNgM5FUIuN89PKW3o5y0
tn0jmnRSqtXRTzyEfVtfvdvTqaUdE3nWidCnIZ0gfGBHEYM3g8aL0NNUYfteEbGM
odepcN/xRHQ4Exdt8TGNvnWPhSx3+ctIUbzEkGF9yoFUQJw1l4601K48vopzZzju
ugbb/JkSL0TPHFo4me1rsH1s6lOhf3lL88GByDi90IW33US6jsQB9KbnTaJsIjV0
2xyWWFKHZ3ZjxrD1WWGuOVfQPW2feFKula5tXqwBrQtx4IeR85lnCYJAqvrWsAXC
d/1Scg7c3LKT8ncPomQgr/suEj2/yQFqyPBnfsWnOPjBAgMBAAGjaTBnMB0GA1Ud
DgQWBBR4kKMXB6QyzWk/kXXUKD4wJK2GYzAfBgNVHSMEGDAWgBR4kKMXB6QyzWk/
kXXUKD4wJK2GYzAPBgNVHRMBAf8EBTADAQH/MBQGA1UdEQQNMAuCCWxvY2FsaG9z
dDANBgkqhkiG9w0BAQsFAAOCAQEARBptnI+3Ld0uOphyjqBxm7EJz/W5q+gepl0A
YK3JUMwsOToZXqzx/AiSqj6ZcJzQhQjGIe15IyornJ8nTeSlHhVoIHBkAa75njrf
LEx03eFLqTntfIPAWw8S/1SLKPnQSx8cee70NCfnZhNMyTUrXpZsyl95i0X/nClp
xMwLsPIWt9fgdSxatDhVPz7xVnMa3GQF7KqgZKReLO8nTYhoGGJBRGBPT2ldWrpO
r+2InuknecZIqovgmWdnt/56H+nuSJ8/jGyzWMn48ZFmNX9AJdZNx8F4KbyulXOV
c3ZQqTPdbVRs/ZQlf2UKLhAMXpIt7pBiXm97T5bKDNbH3w5aWA==
-----END CERTIFICATE-----`,
};

/** Writes both into a folder, which is made if it is not there. @returns their paths */
export function writePair(
  folder: string,
  { cert, key }: { readonly cert: string; readonly key: string },
): { readonly cert: string; readonly key: string } {
  mkdirSync(folder, { recursive: true });
  const paths = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  writeFileSync(paths.cert, cert);
  writeFileSync(paths.key, key);
  return paths;
}
