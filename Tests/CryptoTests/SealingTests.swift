import Testing

@testable import Crypto

private func decoded(_ text: String) throws -> [UInt8] { try #require(Hexadecimal.decode(text)) }

@Suite struct Sealing {
    private let key = Array<UInt8>(repeating: 7, count: 32)
    private let plaintext = Array("a provider's token".utf8)
    private let place = Array("tenant/1/token".utf8)

    private func sealed() -> [UInt8] {
        AESGCM.seal(plaintext, key: key, keyID: "k1", associatedData: place)
    }

    @Test func whatWasSealedOpensAgain() throws {
        #expect(try AESGCM.open(sealed(), key: key, keyID: "k1", associatedData: place) == plaintext)
        let empty = AESGCM.seal([], key: key, keyID: "k1", associatedData: [])
        #expect(try AESGCM.open(empty, key: key, keyID: "k1", associatedData: []) == [])
    }

    @Test func theSameTextIsNeverSealedTheSameWay() {
        #expect(Set((0..<50).map { _ in sealed() }).count == 50)
    }

    @Test func everyChangedBitIsNoticed() throws {
        let original = sealed()
        for position in original.indices {
            for bit in 0..<8 {
                var damaged = original
                damaged[position] ^= 1 << UInt8(bit)
                #expect(throws: SealError.self) {
                    try AESGCM.open(damaged, key: key, keyID: "k1", associatedData: place)
                }
            }
        }
    }

    @Test func everyMissingByteIsNoticed() throws {
        let original = sealed()
        for count in 0..<original.count {
            #expect(throws: SealError.self) {
                try AESGCM.open(Array(original[..<count]), key: key, keyID: "k1", associatedData: place)
            }
        }
    }

    @Test func eachFailureHasItsOwnName() {
        let original = sealed()
        #expect(throws: SealError.truncated) {
            try AESGCM.open(Array(original.prefix(20)), key: key, keyID: "k1", associatedData: place)
        }
        #expect(throws: SealError.truncated) {
            try AESGCM.open([], key: key, keyID: "k1", associatedData: place)
        }
        #expect(throws: SealError.unknownVersion(9)) {
            try AESGCM.open([9] + original.dropFirst(), key: key, keyID: "k1", associatedData: place)
        }
        #expect(throws: SealError.wrongKey(needed: "k1")) {
            try AESGCM.open(original, key: key, keyID: "k2", associatedData: place)
        }
        #expect(throws: SealError.tampered) {
            try AESGCM.open(original, key: key, keyID: "k1", associatedData: Array("tenant/2/token".utf8))
        }
        #expect(throws: SealError.tampered) {
            try AESGCM.open(original, key: Array(key.dropFirst() + [8]), keyID: "k1", associatedData: place)
        }
    }

    struct Vector: Sendable {
        let key: String
        let nonce: String
        let plaintext: String
        let associatedData: String
        let ciphertext: String
        let tag: String
    }

    /// Test cases 13 to 16 of the GCM specification (McGrew and Viega, 2005).
    @Test(
        arguments: [
            Vector(
                key: String(repeating: "0", count: 64),
                nonce: String(repeating: "0", count: 24),
                plaintext: "",
                associatedData: "",
                ciphertext: "",
                tag: "530f8afbc74536b9a963b4f1c4cb738b"
            ),
            Vector(
                key: String(repeating: "0", count: 64),
                nonce: String(repeating: "0", count: 24),
                plaintext: String(repeating: "0", count: 32),
                associatedData: "",
                ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
                tag: "d0d1c8a799996bf0265b98b5d48ab919"
            ),
            Vector(
                key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                nonce: "cafebabefacedbaddecaf888",
                plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
                associatedData: "",
                ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
                tag: "b094dac5d93471bdec1a502270e3cc6c"
            ),
            Vector(
                key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                nonce: "cafebabefacedbaddecaf888",
                plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
                tag: "76fc6ece0f4e1768cddf8853bb2d551b"
            ),
        ])
    func theCipherIsTheSpecifications(vector: Vector) throws {
        let (key, nonce) = (try decoded(vector.key), try decoded(vector.nonce))
        let (plaintext, associatedData) = (try decoded(vector.plaintext), try decoded(vector.associatedData))
        let (ciphertext, tag) = AESGCM.encrypt(
            plaintext,
            key: key,
            nonce: nonce,
            associatedData: associatedData
        )
        #expect(Hexadecimal.encode(ciphertext) == vector.ciphertext)
        #expect(Hexadecimal.encode(tag) == vector.tag)
        let opened = AESGCM.decrypt(
            ciphertext,
            tag: tag,
            key: key,
            nonce: nonce,
            associatedData: associatedData
        )
        #expect(opened == plaintext)
    }
}

@Suite struct RotatingMasterKeys {
    private let first = Base64.encode(Array(repeating: 1, count: 32))
    private let second = Base64.encode(Array(repeating: 2, count: 32))

    @Test func theFirstSealsAndAllOpen() throws {
        let before = try MasterKeys(parsing: "2025:\(first)")
        let sealed = AESGCM.seal([1, 2, 3], key: before.current, associatedData: [])
        let after = try MasterKeys(parsing: "2026:\(second), 2025:\(first)")
        #expect(after.current.id == "2026")
        #expect(try AESGCM.keyID(of: sealed) == "2025")
        #expect(try AESGCM.open(sealed, keys: after, associatedData: []) == [1, 2, 3])
        let later = try MasterKeys(parsing: "2026:\(second)")
        #expect(throws: SealError.wrongKey(needed: "2025")) {
            try AESGCM.open(sealed, keys: later, associatedData: [])
        }
        #expect(later.key("2025") == nil)
    }

    @Test func unusableKeysAreRefusedByPosition() {
        let short = Base64.encode(Array(repeating: 1, count: 16))
        let cases: [(String, MasterKeys.Problem)] = [
            ("", .empty), (" , ", .entryWithoutID(position: 1)), (first, .entryWithoutID(position: 1)),
            ("a:\(short)", .wrongLength(position: 1, bytesNeeded: 32)), ("a:!!", .notBase64(position: 1)),
            ("a:\(first),a:\(second)", .idTwice(position: 2)), (":\(first)", .idUnusable(position: 1)),
            ("a:\(first),b c:\(second)", .idUnusable(position: 2)),
        ]
        for (text, problem) in cases {
            #expect(throws: problem, "\(problem)") { try MasterKeys(parsing: text) }
        }
    }

    @Test func noKeyIsEverPrinted() throws {
        let keys = try MasterKeys(parsing: "a:\(first)")
        var dumped = ""
        dump(keys, to: &dumped)
        dump(keys.current, to: &dumped)
        let printed =
            dumped + "\(keys) \(keys.current) " + String(reflecting: keys) + String(reflecting: keys.current)
        #expect(!printed.contains(first) && !printed.contains("1, 1, 1"))
        do {
            _ = try MasterKeys(parsing: "hunter2:secret")
        } catch {
            #expect(!"\(error)".contains("hunter2") && !"\(error)".contains("secret"))
        }
    }
}
