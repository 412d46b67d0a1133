import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// The routes that send: one message, or many in one request.
struct Intake: Sendable {
    static let singleBytesMax = 128 << 10
    static let batchBytesMax = 4 << 20

    let callers: Callers
    let acceptor: Acceptor

    func postMessage(_ request: Request) async throws -> Response {
        let caller = try await callers.caller(of: request)
        try request.refuseParameters()
        let key = try IdempotencyKey(of: request)
        let root = try RequestBody.document(of: request, bytesMax: Self.singleBytesMax)
        switch try await acceptor.acceptMessage(root, of: caller.tenantID, key: key) {
        case .accepted(let body, let items):
            var response = Response.json(202, body)
            if let message = items.first?.message { response.setHeader("Location", "/v1/messages/\(message.id)") }
            return response
        case .repeated(let answer): return .repeated(answer)
        case .refused(let problems, _): throw Problem.refused(problems)
        }
    }

    func postBatch(_ request: Request) async throws -> Response {
        let caller = try await callers.caller(of: request)
        try request.refuseParameters()
        let key = try IdempotencyKey(of: request)
        let root = try RequestBody.document(of: request, bytesMax: Self.batchBytesMax)
        switch try await acceptor.acceptBatch(root, of: caller.tenantID, key: key) {
        case .accepted(let body, _): return .json(202, body)
        case .repeated(let answer): return .repeated(answer)
        case .refused(let problems, let items):
            throw Problem.refused(problems, extra: items.isEmpty ? [] : AcceptedJSON.members(of: items))
        }
    }
}
