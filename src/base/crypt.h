/* Cryptography for stored personal data, signatures and passwords: national algorithms by OpenSSL
 * (SM2, SM3, SM4), password hashing by libsodium. No algorithm is our own.
 *
 * A sealed value is bytes:  version u8 = 1 | key number u32 LE | IV 16 | ciphertext | tag 32
 *   ciphertext = SM4-CTR(data key, IV), tag = HMAC-SM3(tag key, everything before it | context)
 * (OpenSSL 3.0 has no SM4-GCM: encrypt-then-MAC.)  The context, e.g. "person.name:42", binds a
 * value to its place: moved elsewhere it does not open.
 *
 * An index is HMAC-SM3(index key, domain | 0 | text): equal texts can be looked up, and without the
 * key nobody can try all identity numbers. */
#ifndef JIFEN_BASE_CRYPT_H
#define JIFEN_BASE_CRYPT_H

#include "base/hash.h"

#define CRYPT_KEY_BYTES 32
#define CRYPT_SEAL_EXTRA 53 /* bytes a sealed value is longer than its text */

/* Master keys by number; the highest number seals, all open. The three keys of a use (data, tag,
 * index) are derived from a master key by HMAC-SM3. Index and seal use the newest key: rotation
 * (store_rotate) rewrites both before the service starts with a new one. */
struct keyring;

/* A key file has lines `NUMBER HEX64`, '#' comments; readable by its owner alone (else ERR_IO).
 * ERR_NOT_FOUND, ERR_IO, ERR_SYNTAX (with *ret_line set when not NULL). */
NODISCARD enum err keyring_read(struct str text, uint32_t *ret_line, struct keyring **ret);
NODISCARD enum err keyring_read_file(const char *path, uint32_t *ret_line, struct keyring **ret);
/* Append a random key with the next number to the text of a key file (empty text: number 1). */
NODISCARD enum err keyring_add_key(struct buf *text);
void keyring_free(struct keyring *k); /* wipes; accepts NULL */
uint32_t keyring_newest(const struct keyring *k);
uint32_t keyring_numbers(const struct keyring *k, uint32_t ret[64]); /* rising; how many */

NODISCARD enum err crypt_seal(const struct keyring *k, struct str context, struct str text,
                              struct buf *out);
/* ERR_CORRUPT: altered, of another place, or cut; ERR_NOT_FOUND: sealed with a key not in the ring.
 */
NODISCARD enum err crypt_open(const struct keyring *k, struct str context, struct str sealed,
                              struct buf *out);
uint32_t crypt_key_of(struct str sealed); /* key number, 0 = not a sealed value */
NODISCARD enum err crypt_index(const struct keyring *k, const char *domain, struct str text,
                               struct hash *ret);
/* With a key of the ring by its number, for look-ups while a rotation is under way. */
NODISCARD enum err crypt_index_with(const struct keyring *k, uint32_t number, const char *domain,
                                    struct str text, struct hash *ret);
NODISCARD enum err crypt_hmac_sm3(struct str key, struct str text, struct hash *ret);
/* SHA-256, for protocols that ask for it (RFC 7636); what is ours uses SM3. */
NODISCARD enum err crypt_sha256(struct str text, struct hash *ret);
bool crypt_equal(struct str a, struct str b); /* takes as long wherever they differ */

/* Random bytes of the operating system; a failure ends the process: nothing may go on without. */
void crypt_random(void *out, size_t bytes);

/* SM2 with SM3, the standard's default id 1234567812345678; signatures are r|s, 64 bytes. */
struct sm2_key;
NODISCARD enum err sm2_key_new(struct sm2_key **ret);
NODISCARD enum err sm2_key_read_pem(struct str pem, struct sm2_key **ret); /* private or public */
NODISCARD enum err sm2_key_add_pem(const struct sm2_key *k, bool private_part, struct buf *out);
void sm2_key_free(struct sm2_key *k);
NODISCARD enum err sm2_sign(const struct sm2_key *k, struct str text, uint8_t ret[64]);
bool sm2_verify(const struct sm2_key *k, struct str text, const uint8_t signature[64]);

/* argon2id, libsodium's "interactive" strength: an ASCII text of at most 128 bytes. */
NODISCARD enum err password_hash(struct str password, char ret[128]);
bool password_verify(struct str password, const char *hash);
/* RFC 6238, SHA-1, 6 digits, 30 s: the code of a step (Unix seconds / 30). */
NODISCARD enum err totp_code(struct str secret, uint64_t step, uint32_t *ret);

void base64url_add(struct buf *out, struct str bytes);                /* without padding */
NODISCARD enum err base64url_parse(struct str text, struct buf *out); /* padding accepted */
void crypt_wipe(void *p, size_t n);

#endif
