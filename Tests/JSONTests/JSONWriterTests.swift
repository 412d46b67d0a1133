import JSON
import Testing

@Suite struct WritingJSON {
    @Test func commasStandBetweenValuesOnly() {
        var writer = JSONWriter()
        writer.object { object in
            object.field("a", 1)
            object.field("empty", object: { _ in })
            object.field(
                "list",
                array: { list in
                    list.integer(1)
                    list.array { _ in }
                    list.object { $0.field("x", true) }
                    list.null()
                }
            )
            object.field("absent", String?.none)
            object.field("last", "z")
        }
        #expect(writer.text == #"{"a":1,"empty":{},"list":[1,[],{"x":true},null],"last":"z"}"#)
    }

    @Test func controlCharactersAreEscaped() {
        var writer = JSONWriter()
        writer.string("\u{0}\u{1}\u{8}\t\n\u{c}\r\u{1f}\"\\/\u{7f}è")
        #expect(writer.text == #""\u0000\u0001\b\t\n\f\r\u001f\"\\/"# + "\u{7f}è\"")
    }

    @Test(arguments: [Int64.min, -1, 0, 9, 10, 99, 100, .max])
    func integersAreWrittenWhole(number: Int64) {
        var writer = JSONWriter()
        writer.integer(number)
        #expect(writer.text == "\(number)")
    }

    @Test func numbersBeyondInt64AreWrittenWhole() {
        var writer = JSONWriter()
        writer.array { list in
            list.integer(UInt64.max)
            list.double(0.1)
            list.double(1e300)
            list.double(-0.0)
        }
        #expect(writer.text == "[18446744073709551615,0.1,1e+300,-0.0]")
    }

    @Test func readyMadeJSONIsPutInAsItIs() {
        var writer = JSONWriter()
        writer.object { object in
            object.field("a", raw: Array("[1]".utf8))
            object.field("b", Int64?.some(2))
            object.field("c", 0.5)
            object.field("d", ["x", "y"])
        }
        #expect(writer.text == #"{"a":[1],"b":2,"c":0.5,"d":["x","y"]}"#)
    }
}
