import Crypto
import Models
import Runtime
import ServiceKit
import Storage
import Testing

/// What monitor's pages call a tenant's API with.
@Suite struct PagePassTests {
    private static let keys = [
        "new:" + Base64.encode([UInt8](repeating: 7, count: 32)), "old:" + Base64.encode([UInt8](repeating: 9, count: 32)),
    ]
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private let pass = PagePass(
        tenantID: TenantID(IDSource().uuid()), actor: .user(email: "ada@example.com"), access: Role.viewer.access,
        address: "192.0.2.7")

    private func passes(_ keys: [String] = keys) throws -> PagePasses {
        PagePasses(try MasterKeys(parsing: keys.joined(separator: ",")))
    }

    @Test func whatWasWrittenIsRead() throws {
        let header = try passes().header(pass, for: "POST", "/v1/templates", at: now)
        #expect(try passes().pass(in: header, for: "POST", "/v1/templates", at: now + .seconds(59)) == pass)
    }

    @Test func everyKindOfPersonComesThrough() throws {
        for actor in [Actor.founder(email: "f@example.com"), .key(APIKeyID(IDSource().uuid()))] {
            let pass = PagePass(tenantID: pass.tenantID, actor: actor, access: .everything, address: nil)
            let header = try passes().header(pass, for: "GET", "/v1/keys", at: now)
            #expect(try passes().pass(in: header, for: "GET", "/v1/keys", at: now) == pass)
        }
    }

    @Test func itIsGoodForItsRequestAndAMinute() throws {
        let header = try passes().header(pass, for: "POST", "/v1/templates", at: now)
        #expect(try passes().pass(in: header, for: "GET", "/v1/templates", at: now) == nil)
        #expect(try passes().pass(in: header, for: "POST", "/v1/keys", at: now) == nil)
        #expect(try passes().pass(in: header, for: "POST", "/v1/templates", at: now + .seconds(60)) == nil)
        // Made in a future that no clock explains.
        #expect(try passes().pass(in: header, for: "POST", "/v1/templates", at: now + .seconds(-31)) == nil)
    }

    @Test func aKeyThatWasReplacedStillReadsAndAnUnknownOneDoesNot() throws {
        let header = try passes([Self.keys[1]]).header(pass, for: "GET", "/v1/keys", at: now)
        #expect(try passes().pass(in: header, for: "GET", "/v1/keys", at: now) == pass)
        #expect(try passes([Self.keys[0]]).pass(in: header, for: "GET", "/v1/keys", at: now) == nil)
    }

    @Test func whateverIsChangedIsNoPass() throws {
        let header = Array(try passes().header(pass, for: "GET", "/v1/keys", at: now).utf8)
        for index in header.indices {
            var changed = header
            // A letter's case, a digit: whatever still is a letter of Base64.
            changed[index] = header[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let text = String(decoding: changed, as: UTF8.self)
            // The last letter of Base64 holds bits that stand for nothing.
            if index == header.count - 1 { continue }
            #expect(try passes().pass(in: text, for: "GET", "/v1/keys", at: now) == nil, "byte \(index)")
        }
    }
}
