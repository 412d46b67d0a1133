import APIKit
import Crypto
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// Proofs of delivery, the seals they rest on, and the key that checks them.
struct ProofRoutes: Sendable {
    static let keyPath = "/.well-known/tidings-proof-key.json"

    private let people: People
    private let proofs: ProofStore

    init(_ site: SiteParts) {
        people = site.people
        proofs = ProofStore(
            site.tenantDatabase, SecretStore(site.settings.masterKeys), signer: site.settings.proofSigner)
    }

    func addRoutes(to router: inout Router) {
        router.on(.get, TenantPages.path + "/{id}/proof", Page.handler(page))
        router.on(.get, "/v1/messages/{id}/proof", LogJSON.handler(document))
        router.on(.get, "/v1/proofs/seals", LogJSON.handler(seals))
        router.on(.get, Self.keyPath, LogJSON.handler(keys))
    }

    /// What may be shown beside what happened: nothing, unless it is asked for.
    private enum Shown: String, CaseIterable {
        case recipient
        case content
        case all

        var wish: ProofStore.Wish {
            ProofStore.Wish(showsRecipient: self != .content, showsContent: self != .recipient)
        }
    }

    private func proof(_ request: Request, _ tenantID: TenantID) async throws -> DeliveryProof {
        var query = QueryReader(request, known: ["show"])
        let shown: Shown? = query.word("show")
        try query.requireNoProblems()
        guard let id = MessageID(request.pathParameter("id") ?? ""),
            let proof = try await proofs.proof(
                of: id, tenantID: tenantID,
                shown?.wish ?? ProofStore.Wish(showsRecipient: false, showsContent: false))
        else { throw Problem.messageNotFound }
        return proof
    }

    private func document(_ request: Request) async throws -> Response {
        let proof = try await proof(request, try await people.caller(of: request))
        var response = AdminJSON.answer { proof.write(into: &$0) }
        response.setHeader("Content-Disposition", "attachment; filename=\"proof-\(proof.messageID).json\"")
        return response
    }

    private func page(_ request: Request) async throws -> Response {
        let (tenantID, visitor) = try await people.member(of: request)
        let proof = try await proof(request, tenantID)
        return Page.response(
            "Proof of message \(proof.messageID)", visitor: visitor, section: .messages,
            ProofPage.content(proof, shown: request.query("show") ?? ""))
    }

    private func seals(_ request: Request) async throws -> Response {
        let tenantID = try await people.caller(of: request)
        var query = QueryReader(request, known: ["after", "limit"])
        let after = query.integer("after", in: 0...Int.max) ?? 0
        let limit = query.limit(standard: 200, max: 1_000)
        try query.requireNoProblems()
        let seals = try await proofs.seals(of: tenantID, after: Int64(after), max: limit + 1)
        return AdminJSON.answer { writer in
            writer.field("data", array: { list in for seal in seals.prefix(limit) { list.object { seal.write(into: &$0) } } })
            let last = seals.count > limit ? seals.prefix(limit).last.flatMap { ProofSeal(text: $0.text) } : nil
            writer.field("next_cursor", orNull: last.map { "\($0.number)" })
        }
    }

    private func keys(_ request: Request) async throws -> Response {
        let keys = try await proofs.keys()
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("keys", array: { list in
                for (key, firstUsedAt) in keys {
                    list.object { writer in
                        writer.field("id", key.id)
                        writer.field("algorithm", "Ed25519")
                        writer.field("public_key", key.publicKey)
                        writer.field("pem", Ed25519.pem(ofPublicKey: Base64.decode(key.publicKey) ?? []))
                        writer.field("first_used_at", orNull: firstUsedAt?.rfc3339)
                    }
                }
            })
        }
        var response = Response.json(200, writer.bytes)
        response.setHeader("Cache-Control", "public, max-age=300")
        return response
    }
}
