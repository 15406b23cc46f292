"""Bedrock Runtime: boto3 reads event streams by itself."""
import json

from expecting import refused, same

MODEL = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
NOVA = "amazon.nova-lite-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Hello, my printer is on fire"}]}]
TOOL = {
    "toolSpec": {
        "name": "classify",
        "inputSchema": {"json": {"type": "object", "properties": {"priority": {"enum": ["low", "high"]}}, "required": ["priority"]}},
    }
}


def check_converse(clients):
    said = clients("bedrock-runtime").converse(modelId=MODEL, messages=HELLO, system=[{"text": "Be kind"}])
    same((said["stopReason"], said["output"]["message"]["role"]), ("end_turn", "assistant"))
    assert said["usage"]["totalTokens"] == said["usage"]["inputTokens"] + said["usage"]["outputTokens"] > 0


def check_tools(clients):
    said = clients("bedrock-runtime").converse(
        modelId=MODEL, messages=HELLO, toolConfig={"tools": [TOOL], "toolChoice": {"tool": {"name": "classify"}}}
    )
    same(said["stopReason"], "tool_use")
    use = next(block["toolUse"] for block in said["output"]["message"]["content"] if "toolUse" in block)
    assert use["name"] == "classify" and use["input"]["priority"] in ["low", "high"], use


def check_converse_stream(clients):
    events = list(clients("bedrock-runtime").converse_stream(modelId=NOVA, messages=HELLO)["stream"])
    kinds = [next(iter(event)) for event in events]
    same((kinds[0], kinds[-2], kinds[-1]), ("messageStart", "messageStop", "metadata"))
    assert len([kind for kind in kinds if kind == "contentBlockDelta"]) > 3


def check_invoke_in_both_bodies(clients):
    bedrock = clients("bedrock-runtime")
    claude = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
    said = json.loads(bedrock.invoke_model(modelId=MODEL, body=json.dumps(claude))["body"].read())
    same((said["type"], said["content"][0]["type"]), ("message", "text"))
    nova = {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
    said = json.loads(bedrock.invoke_model(modelId=NOVA, body=json.dumps(nova))["body"].read())
    assert said["output"]["message"]["content"][0]["text"]
    stream = bedrock.invoke_model_with_response_stream(modelId=MODEL, body=json.dumps(claude))["body"]
    kinds = [json.loads(event["chunk"]["bytes"])["type"] for event in stream]
    same((kinds[0], kinds[-1]), ("message_start", "message_stop"))


def check_refusals(clients):
    with refused("ValidationException"):
        clients("bedrock-runtime").converse(modelId="no.such-model-v9:0", messages=HELLO)
    with refused("ResourceNotFoundException"):  # its life has ended
        clients("bedrock-runtime").converse(modelId="anthropic.claude-3-haiku-20240307-v1:0", messages=HELLO)
    with refused("ValidationException"):
        clients("bedrock-runtime").converse(modelId=MODEL, messages=[{"role": "assistant", "content": [{"text": "x"}]}])
