package import Foundation
import JSON

extension ImageProcessor {
    /// Reads the image processor of a model folder: the `image_processor` of `processor_config.json`, as transformers 5 saves it, else
    /// `preprocessor_config.json`; nil if the folder has neither, as a text model's.
    ///
    /// - Throws: ``ImageError`` as ``init(contentsOf:)``.
    package init?(folder: URL) throws(ImageError) {
        func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
        let processor = folder.appending(path: "processor_config.json")
        if exists(processor) {
            let json = try Self.read(processor)
            if let own = json["image_processor"], own != .null {
                try self.init(own, name: processor.path + ": image_processor")
                return
            }
        }
        let preprocessor = folder.appending(path: "preprocessor_config.json")
        guard exists(preprocessor) else { return nil }
        try self.init(contentsOf: preprocessor)
    }

    /// Reads `preprocessor_config.json`.
    ///
    /// `min_pixels` / `max_pixels` go before `size.shortest_edge` / `size.longest_edge`; what is absent has transformers' default.
    ///
    /// - Throws: ``ImageError`` (`invalidConfiguration`) naming the file and the key if the file is malformed, belongs to
    ///   another kind of image processor, or switches off a step.
    package init(contentsOf url: URL) throws(ImageError) {
        try self.init(try Self.read(url), name: url.path)
    }

    private static func read(_ url: URL) throws(ImageError) -> JSONValue {
        do {
            return try JSONValue(parsing: readFile(at: url, byteLimit: 1 << 20), name: url.path)
        } catch let error as JSONError {
            throw ImageError(.invalidConfiguration, error.description)
        } catch let error as MultimodalError {
            throw ImageError(.invalidConfiguration, error.message)
        } catch {
            throw ImageError(.invalidConfiguration, "\(url.path): \(error)")
        }
    }

    private init(_ json: JSONValue, name: String) throws(ImageError) {
        do {
            try self.init(ImageProcessorKeys(json))
        } catch {
            throw ImageError(error.code, "\(name): \(error.message)")
        }
    }

    private init(_ keys: ImageProcessorKeys) throws(ImageError) {
        try keys.checkSteps()
        let edges = try keys.edges()
        try self.init(
            patchSize: keys.integer("patch_size") ?? 14, mergeSize: keys.integer("merge_size") ?? 2,
            temporalPatchSize: keys.integer("temporal_patch_size") ?? 2,
            minimumPixels: keys.integer("min_pixels") ?? edges.shortest, maximumPixels: keys.integer("max_pixels") ?? edges.longest,
            mean: keys.numbers("image_mean") ?? ImageProcessor.clipMean,
            standardDeviation: keys.numbers("image_std") ?? ImageProcessor.clipStandardDeviation)
    }
}

/// The keys of an image processor's JSON object, by `Qwen2VLImageProcessor`'s rules.
private struct ImageProcessorKeys {
    private let json: JSONValue

    init(_ json: JSONValue) throws(ImageError) {
        guard case .object = json else { throw ImageError(.invalidConfiguration, "must hold a JSON object") }
        self.json = json
    }

    /// Refuses another processor, steps that are left out and steps that are not done here.
    func checkSteps() throws(ImageError) {
        if let type = json["image_processor_type"]?.string, !type.hasPrefix("Qwen2VLImageProcessor"),
            !type.hasPrefix("Qwen2_5_VLImageProcessor")
        {
            throw ImageError(.invalidConfiguration, "image_processor_type \(type) is not supported: only Qwen2VLImageProcessor is")
        }
        for key in ["do_resize", "do_rescale", "do_normalize", "do_convert_rgb"] {
            guard let value = json[key], value != true else { continue }
            throw ImageError(.invalidConfiguration, "\(key): \(value.text) is not supported: only true is")
        }
        for key in ["do_center_crop", "do_pad"] {
            guard let value = json[key], value != false, value != .null else { continue }
            throw ImageError(.invalidConfiguration, "\(key): \(value.text) is not supported: only false is")
        }
        if let factor = json["rescale_factor"] {
            guard let factor = factor.number, abs(factor * 255 - 1) <= 1e-6 else {
                throw ImageError(.invalidConfiguration, "rescale_factor \(factor.text) is not supported: only 1/255 is")
            }
        }
        if let resample = try integer("resample"), resample != 3 {
            throw ImageError(.invalidConfiguration, "resample \(resample) is not supported: only 3 (bicubic) is")
        }
    }

    /// The areas of `size`. Where it is given, transformers demands both edges, but for one that `min_pixels` or `max_pixels` stands for.
    func edges() throws(ImageError) -> (shortest: Int, longest: Int) {
        let standard = (shortest: 56 * 56, longest: 28 * 28 * 1280)
        guard let size = json["size"], size != .null else { return standard }
        guard let members = size.members else {
            throw ImageError(.invalidConfiguration, "size must be an object with shortest_edge and longest_edge, not \(size.text)")
        }
        for member in members where member.value != .null && member.key != "shortest_edge" && member.key != "longest_edge" {
            // Older files repeat min_pixels and max_pixels here.
            guard ["min_pixels", "max_pixels"].contains(member.key), try integer(member.key) != nil else {
                throw ImageError(.invalidConfiguration, "size must hold shortest_edge and longest_edge, not \(member.key)")
            }
        }
        func edge(_ key: String, or other: String, _ standard: Int) throws(ImageError) -> Int {
            if let edge = try Self.integer(key, in: size) { return edge }
            guard try integer(other) != nil else {
                throw ImageError(.invalidConfiguration, "size lacks \(key), which it needs unless \(other) is there")
            }
            return standard
        }
        return (
            try edge("shortest_edge", or: "min_pixels", standard.shortest), try edge("longest_edge", or: "max_pixels", standard.longest)
        )
    }

    /// A whole number; nil if it is absent or null.
    func integer(_ key: String) throws(ImageError) -> Int? { try Self.integer(key, in: json) }

    private static func integer(_ key: String, in object: JSONValue) throws(ImageError) -> Int? {
        guard let value = object[key], value != .null else { return nil }
        guard let integer = value.integer else {
            throw ImageError(.invalidConfiguration, "\(key) must be a whole number, not \(value.text)")
        }
        return integer
    }

    /// A list of numbers; nil if it is absent or null.
    func numbers(_ key: String) throws(ImageError) -> [Float]? {
        guard let value = json[key], value != .null else { return nil }
        guard let numbers = value.numbers else {
            throw ImageError(.invalidConfiguration, "\(key) must be a list of numbers, not \(value.text)")
        }
        return numbers.map { Float($0) }
    }
}
