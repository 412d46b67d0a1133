package import JSON
package import Models

/// A proof as a document.
extension DeliveryProof {
    package func write(into writer: inout JSONWriter) {
        writer.field("format", ProofText.format)
        writer.field("message_id", messageID.description)
        writer.field("statement", object: { writer in
            writer.field("text", statement.text)
            writer.field("signature", statementSignature)
        })
        writer.field("parts", array: { list in
            for part in parts {
                list.object { writer in
                    writer.field("seal", part.seal)
                    writer.field("lines", part.lines)
                    writer.field("path", array: { list in
                        for step in part.path {
                            list.object { writer in
                                writer.field("side", step.isLeft ? "left" : "right")
                                writer.field("hash", step.hash)
                            }
                        }
                    })
                }
            }
        })
        writer.field("seals", array: { list in
            for seal in seals { list.object { seal.write(into: &$0) } }
        })
        writer.field("disclosed", array: { list in
            for disclosure in disclosed {
                list.object { writer in
                    writer.field("what", disclosure.what.rawValue)
                    writer.field("value", disclosure.value)
                    writer.field("salt", disclosure.salt)
                }
            }
        })
        writer.field("keys", array: { list in
            for key in keys {
                list.object { writer in
                    writer.field("id", key.id)
                    writer.field("public_key", key.publicKey)
                }
            }
        })
        writer.field("unsealed", unsealed)
        writer.field("notes", notes)
    }

    /// Nil for a document that is not exactly as we write them.
    package init?(_ json: JSONValue) {
        guard json["format"]?.string == ProofText.format, let id = json["message_id"]?.string.flatMap({ MessageID($0) }),
            let statement = json["statement"]?["text"]?.string.flatMap({ ProofStatement(text: $0) }),
            let signature = json["statement"]?["signature"]?.string, let parts = json["parts"]?.elements,
            let seals = json["seals"]?.elements, let keys = json["keys"]?.elements
        else { return nil }
        self.init(
            messageID: id, statement: statement, statementSignature: signature,
            parts: parts.map { part in
                Part(
                    seal: part["seal"]?.integer ?? 0, lines: part["lines"]?.elements?.compactMap(\.string) ?? [],
                    path: part["path"]?.elements?.map { ($0["side"]?.string == "left", $0["hash"]?.string ?? "") } ?? [])
            },
            seals: seals.map { Seal(text: $0["text"]?.string ?? "", signature: $0["signature"]?.string ?? "") },
            disclosed: (json["disclosed"]?.elements ?? []).compactMap { disclosure in
                disclosure["what"]?.string.flatMap { Disclosure.What(rawValue: $0) }.map {
                    Disclosure(
                        what: $0, value: disclosure["value"]?.string ?? "", salt: disclosure["salt"]?.string ?? "")
                }
            },
            keys: keys.map { Key(id: $0["id"]?.string ?? "", publicKey: $0["public_key"]?.string ?? "") },
            unsealed: json["unsealed"]?.elements?.compactMap(\.string) ?? [],
            notes: json["notes"]?.elements?.compactMap(\.string) ?? [])
    }
}

extension DeliveryProof.Seal {
    package func write(into writer: inout JSONWriter) {
        writer.field("text", text)
        writer.field("signature", signature)
    }
}
