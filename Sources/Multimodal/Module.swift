// Module Multimodal.
