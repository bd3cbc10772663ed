// Module Safetensors.
