"""Published chat templates, and what transformers renders with them: templates.json.

    python make_templates.py templates.json

Needs transformers (its renderer of chat templates alone). The templates are those of Qwen2, Qwen2.5, Qwen2.5-VL, SmolLM2 and TinyLlama
(Apache License 2.0), Llama 3 (a line of Jinja), and spellings of them that render the same; `refused` are others that resemble them.
"""

import json, sys
from transformers.utils.chat_template_utils import render_jinja_template

CHATML = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n%SYSTEM%<|im_end|>\n' }}"
    "{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
PLAIN_CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
DEFINED = "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
QWEN25 = r"""{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' }}
    {%- endif %}
    {{- "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>" }}
    {%- for tool in tools %}
        {{- "\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\n<tool_call>\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<tool_response>\n' }}
        {{- message.content }}
        {{- '\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""
VISION = (
    "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}{% for message in messages %}{% if loop.first and "
    "message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}{% for content in message['content'] %}{% if "
    "content['type'] == 'image' or 'image' in content or 'image_url' in content %}{% set image_count.value = image_count.value + 1 %}{% if "
    "add_vision_id %}Picture {{ image_count.value }}: {% endif %}<|vision_start|><|image_pad|><|vision_end|>{% elif content['type'] == 'video' "
    "or 'video' in content %}{% set video_count.value = video_count.value + 1 %}{% if add_vision_id %}Video {{ video_count.value }}: "
    "{% endif %}<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
LLAMA3 = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + "
    "'<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}"
    "{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}")
ZEPHYR = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n"
    "{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n"
    "{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}")

TEMPLATES = {
    "Qwen2": CHATML.replace("%SYSTEM%", "You are a helpful assistant."),
    "SmolLM2": CHATML.replace("%SYSTEM%", "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
    "Qwen2, spelt otherwise": r"""{#- as it might be #}
{%- for message in messages -%}
    {% if loop.first and messages[0].role != "system" %}
        {{- "<|im_start|>system\n" -}} It's here.<|im_end|>
{% endif -%}
    <|im_start|>{{ message["role"] + "\n" + message.content }}<|im_end|>{{ '\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%} {{ "<|im_start|>" + 'assistant\n' }} {%- endif -%}""",
    "ChatML": PLAIN_CHATML,
    "ChatML, prompt off": DEFINED + PLAIN_CHATML,
    "Qwen2.5": QWEN25,
    "Qwen2.5-Math": QWEN25.replace(
        "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
        "Please reason step by step, and put your final answer within \\\\boxed{}."),
    "Qwen2.5-VL": VISION,
    "Llama 3": LLAMA3,
    "Llama 3, prompt off": DEFINED + LLAMA3,
    "TinyLlama": ZEPHYR,
    "Zephyr": ZEPHYR.replace("'assistant' %}\n{{ '<|assistant|>\n'  + message", "'assistant' %}\n{{ '<|assistant|>\n' + message"),
}
REFUSED = {
    "thinking": TEMPLATES["Qwen2"] + "{% if enable_thinking %}<think>{% endif %}",
    "a name in the system prompt": CHATML.replace("%SYSTEM%", "You are ' + name + '."),
    "another role": TEMPLATES["Qwen2"].replace("assistant\n' }}", "model\n' }}"),
    "another end": TEMPLATES["SmolLM2"].replace("+ '\n'}}", "}}"),
    "text that spells code": "{% for message in messages %}<|im_start|>'+message.role+'\n'+message.content+'<|im_end|>\n{% endfor %}"
                             "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    "Llama 3 with a date": LLAMA3.replace("{{ content }}", "{{ content + date_string }}"),
    "Llama 2": "{{ bos_token }}{% for m in messages %}[INST] {{ m['content'] }} [/INST]{% endfor %}",
    "nothing": "",
    "an open tag": "{% for message in messages",
}
CONVERSATIONS = [
    [("user", "Hi")],
    [("system", "Be brief."), ("user", "What is 12 + 5?")],
    [("system", ""), ("user", "  spaces and lines \n\n")],
    [("user", "Naïve 👩‍🔬?"), ("assistant", " It is.\n"), ("user", "Why?")],
    [("system", "S"), ("user", "U"), ("assistant", "A"), ("user", "V"), ("assistant", "B")],
]

cases = []
for name, template in TEMPLATES.items():
    for conversation in CONVERSATIONS:
        for add in (True, False):
            rendered, _ = render_jinja_template(
                conversations=[[{"role": role, "content": text} for role, text in conversation]], chat_template=template,
                add_generation_prompt=add, bos_token="<|bos|>", eos_token="<|eos|>")
            cases.append({"template": name, "turns": [list(turn) for turn in conversation], "prompt": add, "rendered": rendered[0]})
with open(sys.argv[1], "w") as file:
    json.dump({"templates": TEMPLATES, "refused": REFUSED, "cases": cases}, file, ensure_ascii=False, indent=0)
    file.write("\n")
