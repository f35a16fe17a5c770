// Generated from crds/ by scripts/generate.ts. Do not edit.
"use strict";
export const validateAgentRunner = validate10;
const schema11 = {"type":"object","description":"Cluster only. What runs: an agent in pods of its own, with a sidecar beside it and one way out. Its phases are pods in a row that share a workspace, each with its own network.","required":["apiVersion","kind","metadata","spec"],"properties":{"apiVersion":{"type":"string","const":"tollgate.dev/v1alpha1"},"kind":{"type":"string","const":"AgentRunner"},"metadata":{"type":"object","description":"Name, and what Kubernetes keeps beside it.","required":["name"],"additionalProperties":true,"properties":{"name":{"type":"string","maxLength":253,"pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},"namespace":{"type":"string","maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},"labels":{"type":"object","additionalProperties":{"type":"string"}},"annotations":{"type":"object","additionalProperties":{"type":"string"}}}},"spec":{"type":"object","description":"The agent, its phases, and how long they may take.","required":["agent","image","work"],"properties":{"agent":{"type":"string","enum":["claude-code","codex","opencode","openclaw","custom"],"description":"Which agent it is: sets the variables and files that lead it to the sidecar, the classes of its tools, and how refusals reach its user. custom is any program on an SDK; it gets base URLs and dummy keys."},"image":{"type":"string","minLength":1,"maxLength":512,"description":"The image of all phases that name none of their own."},"imagePullPolicy":{"type":"string","enum":["Always","IfNotPresent","Never"],"default":"IfNotPresent","description":"When the images are fetched."},"imagePullSecrets":{"type":"array","maxItems":16,"default":[],"description":"Secrets in this namespace with which its images are fetched.","items":{"type":"object","required":["name"],"description":"One Secret.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"The Secret's name."}},"additionalProperties":false}},"mode":{"type":"string","enum":["task","service"],"default":"task","description":"task: setup, work and teardown run once, in this order. service: setup, then work is kept running in one pod; teardown runs when the AgentRunner is deleted."},"suspend":{"type":"boolean","default":false,"description":"true: its pod is deleted, and none runs; the phase that was running begins anew, on the same workspace, when it is false again. That time does not count for deadlineSeconds."},"kill":{"type":"string","maxLength":512,"description":"The kill switch. With any text in it no call is made any longer and running replies are cut; the text is what the agent's user reads."},"toolProfile":{"type":"string","minLength":1,"maxLength":253,"description":"Name of the ToolProfile in this namespace. Who creates the AgentRunner must have the right to `use` it. Left out is the namespace's default."},"serviceAccountName":{"type":"string","minLength":1,"maxLength":253,"default":"default","description":"ServiceAccount of its pods. Its token is mounted in no container."},"labels":{"type":"object","maxProperties":32,"default":{},"description":"Labels of its pods, for the selectors of budgets.","additionalProperties":{"type":"string","maxLength":63}},"user":{"type":"integer","minimum":1,"maximum":2147483647,"default":1000,"description":"User and group that its programs run as, and the group that owns the workspace. Never 0, which is root, nor 64535, which is the sidecar's."},"runtimeClassName":{"type":"string","minLength":1,"maxLength":253,"description":"RuntimeClass of its pods, such as one that puts them into a sandbox of their own."},"resources":{"type":"object","default":{},"description":"What the container of each phase asks for and may use at most.","properties":{"requests":{"type":"object","maxProperties":16,"description":"What is set aside for it, such as `cpu` and `memory`.","additionalProperties":{"maxLength":32,"pattern":"^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$","minimum":0,"type":["integer","string"]}},"limits":{"type":"object","maxProperties":16,"description":"What it may use at most.","additionalProperties":{"maxLength":32,"pattern":"^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$","minimum":0,"type":["integer","string"]}}},"additionalProperties":false},"nodeSelector":{"type":"object","maxProperties":32,"default":{},"description":"Labels of the nodes on which its pods may run.","additionalProperties":{"type":"string","maxLength":63}},"workspace":{"type":"object","default":{},"description":"The volume that its phases share. It belongs to the AgentRunner and goes with it. What work leaves in it is not to be trusted.","properties":{"size":{"type":"string","default":"1Gi","minLength":1,"maxLength":20,"pattern":"^[1-9][0-9]{0,11}(Ki|Mi|Gi|Ti)?$","description":"How much it holds."},"storageClassName":{"type":"string","minLength":1,"maxLength":253,"description":"Left out is the cluster's default."},"mountPath":{"type":"string","default":"/workspace","minLength":2,"maxLength":253,"pattern":"^/[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$","description":"Where the phases see it; also their working folder."}},"additionalProperties":false},"git":{"type":"array","maxItems":8,"default":[],"description":"Repositories that setup and teardown reach at http://127.0.0.1:4141/git/NAME, without a credential of their own: the sidecar adds it. Work does not reach them.","items":{"type":"object","required":["name","url"],"description":"One repository.","properties":{"name":{"type":"string","minLength":1,"maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$","description":"The last part of its address at the sidecar."},"url":{"type":"string","minLength":10,"maxLength":1024,"pattern":"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)+/?$","description":"Where it is, over HTTPS, without user name, query and blanks."},"secret":{"type":"object","required":["name","key"],"description":"A key of a Secret in this namespace that holds a token, or user:token. Who creates the AgentRunner must have the right to get it. No program of a phase ever sees it. Left out: the repository is read without a credential.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"The Secret's name."},"key":{"type":"string","minLength":1,"maxLength":253,"description":"The key in the Secret's data."}},"additionalProperties":false},"push":{"type":"object","required":["branches"],"description":"What teardown may push. Left out, and in setup, nothing is.","properties":{"branches":{"type":"array","minItems":1,"maxItems":16,"description":"Branches that it may write; `*` stands for any characters.","items":{"type":"string","minLength":1,"maxLength":253},"uniqueItems":true}},"additionalProperties":false}},"additionalProperties":false}},"setup":{"type":"object","description":"Runs first, and prepares the workspace. It has no way to a provider's credential, and no calls of models are expected of it.","required":["command"],"properties":{"image":{"type":"string","minLength":1,"maxLength":512,"description":"Left out is spec.image."},"command":{"type":"array","minItems":1,"maxItems":64,"description":"The program and its arguments, in place of the image's own; no shell is put around it.","items":{"type":"string","maxLength":16384}},"env":{"type":"array","maxItems":64,"default":[],"description":"Variables. Those that lead the agent to its sidecar are Tollgate's, and a value for them here is replaced. HOME is /tmp unless it is given.","items":{"type":"object","required":["name"],"description":"One variable, with a value or from a Secret.","properties":{"name":{"type":"string","minLength":1,"maxLength":128,"pattern":"^[A-Za-z_][A-Za-z0-9_]*$","description":"Its name."},"value":{"type":"string","maxLength":16384,"description":"Its value as it is; nothing in it is expanded."},"secret":{"type":"object","required":["name","key"],"description":"A key of a Secret in this namespace. Who creates the AgentRunner must have the right to get it. The program sees it: not for keys of providers.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"The Secret's name."},"key":{"type":"string","minLength":1,"maxLength":253,"description":"The key in the Secret's data."}},"additionalProperties":false}},"additionalProperties":false}},"timeoutSeconds":{"type":"integer","minimum":1,"maximum":604800,"default":1800,"description":"How long one try may take, from the creation of its pod; then it has failed."},"retries":{"type":"integer","minimum":0,"maximum":20,"default":0,"description":"How often it is tried again after it failed, each time in a new pod, after 10 seconds, 20, 40 and so on up to 6 minutes. A failed setup gets a new workspace. A pod that its node loses is not counted, up to 10 times."}},"additionalProperties":false},"work":{"type":"object","description":"The agent itself.","required":["command"],"properties":{"image":{"type":"string","minLength":1,"maxLength":512,"description":"Left out is spec.image."},"command":{"type":"array","minItems":1,"maxItems":64,"description":"The program and its arguments, in place of the image's own; no shell is put around it.","items":{"type":"string","maxLength":16384}},"env":{"type":"array","maxItems":64,"default":[],"description":"Variables. Those that lead the agent to its sidecar are Tollgate's, and a value for them here is replaced. HOME is /tmp unless it is given.","items":{"type":"object","required":["name"],"description":"One variable, with a value or from a Secret.","properties":{"name":{"type":"string","minLength":1,"maxLength":128,"pattern":"^[A-Za-z_][A-Za-z0-9_]*$","description":"Its name."},"value":{"type":"string","maxLength":16384,"description":"Its value as it is; nothing in it is expanded."},"secret":{"type":"object","required":["name","key"],"description":"A key of a Secret in this namespace. Who creates the AgentRunner must have the right to get it. The program sees it: not for keys of providers.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"The Secret's name."},"key":{"type":"string","minLength":1,"maxLength":253,"description":"The key in the Secret's data."}},"additionalProperties":false}},"additionalProperties":false}},"timeoutSeconds":{"type":"integer","minimum":1,"maximum":604800,"description":"How long one try may take, from the creation of its pod; then it has failed. Not for a service."},"retries":{"type":"integer","minimum":0,"maximum":20,"default":0,"description":"How often it is tried again after it failed, each time in a new pod, after 10 seconds, 20, 40 and so on up to 6 minutes. A pod that its node loses is not counted, up to 10 times. Not for a service."}},"additionalProperties":false},"teardown":{"type":"object","description":"Runs last, also when work failed, but never before work began. In a task it runs when work has ended; else, and in a service, when the AgentRunner is deleted. What work left in the workspace is not to be trusted: run no program of it, and let nothing of its git configuration apply.","required":["command"],"properties":{"image":{"type":"string","minLength":1,"maxLength":512,"description":"Left out is spec.image."},"command":{"type":"array","minItems":1,"maxItems":64,"description":"The program and its arguments, in place of the image's own; no shell is put around it.","items":{"type":"string","maxLength":16384}},"env":{"type":"array","maxItems":64,"default":[],"description":"Variables. Those that lead the agent to its sidecar are Tollgate's, and a value for them here is replaced. HOME is /tmp unless it is given.","items":{"type":"object","required":["name"],"description":"One variable, with a value or from a Secret.","properties":{"name":{"type":"string","minLength":1,"maxLength":128,"pattern":"^[A-Za-z_][A-Za-z0-9_]*$","description":"Its name."},"value":{"type":"string","maxLength":16384,"description":"Its value as it is; nothing in it is expanded."},"secret":{"type":"object","required":["name","key"],"description":"A key of a Secret in this namespace. Who creates the AgentRunner must have the right to get it. The program sees it: not for keys of providers.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"The Secret's name."},"key":{"type":"string","minLength":1,"maxLength":253,"description":"The key in the Secret's data."}},"additionalProperties":false}},"additionalProperties":false}},"timeoutSeconds":{"type":"integer","minimum":1,"maximum":604800,"default":600,"description":"How long one try may take, from the creation of its pod; then it has failed."},"retries":{"type":"integer","minimum":0,"maximum":20,"default":0,"description":"How often it is tried again after it failed, each time in a new pod, after 10 seconds, 20, 40 and so on up to 6 minutes. A pod that its node loses is not counted, up to 10 times."}},"additionalProperties":false},"deadlineSeconds":{"type":"integer","minimum":1,"maximum":2592000,"description":"How long setup and work of a task may take together, from the first pod on; then they are stopped and, if work had begun, teardown runs."},"ttlSecondsAfterFinished":{"type":"integer","minimum":0,"maximum":31536000,"description":"A task's AgentRunner is deleted so long after it ended. Left out, it stays."}},"additionalProperties":false},"status":{}},"additionalProperties":false,"$id":"AgentRunner"};
import func2_module from "ajv/dist/runtime/ucs2length.js";const func2 = func2_module.default ?? func2_module;
const func4 = Object.prototype.hasOwnProperty;
const pattern0 = new RegExp("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", "u");
const pattern1 = new RegExp("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "u");
const pattern2 = new RegExp("^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$", "u");
const pattern4 = new RegExp("^[1-9][0-9]{0,11}(Ki|Mi|Gi|Ti)?$", "u");
const pattern5 = new RegExp("^/[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$", "u");
const pattern7 = new RegExp("^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)+/?$", "u");
const pattern8 = new RegExp("^[A-Za-z_][A-Za-z0-9_]*$", "u");

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="AgentRunner" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.apiVersion === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "apiVersion"},message:"must have required property '"+"apiVersion"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.kind === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kind"},message:"must have required property '"+"kind"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.metadata === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "metadata"},message:"must have required property '"+"metadata"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.spec === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "spec"},message:"must have required property '"+"spec"+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "apiVersion") || (key0 === "kind")) || (key0 === "metadata")) || (key0 === "spec")) || (key0 === "status"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.apiVersion !== undefined){
let data0 = data.apiVersion;
if(typeof data0 !== "string"){
const err5 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if("tollgate.dev/v1alpha1" !== data0){
const err6 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue: "tollgate.dev/v1alpha1"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.kind !== undefined){
let data1 = data.kind;
if(typeof data1 !== "string"){
const err7 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if("AgentRunner" !== data1){
const err8 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue: "AgentRunner"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.metadata !== undefined){
let data2 = data.metadata;
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.name === undefined){
const err9 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data2.name !== undefined){
let data3 = data2.name;
if(typeof data3 === "string"){
if(func2(data3) > 253){
const err10 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(!pattern0.test(data3)){
const err11 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data2.namespace !== undefined){
let data4 = data2.namespace;
if(typeof data4 === "string"){
if(func2(data4) > 63){
const err13 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(!pattern1.test(data4)){
const err14 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data2.labels !== undefined){
let data5 = data2.labels;
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
for(const key1 in data5){
if(typeof data5[key1] !== "string"){
const err16 = {instancePath:instancePath+"/metadata/labels/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/metadata/properties/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath:instancePath+"/metadata/labels",schemaPath:"#/properties/metadata/properties/labels/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data2.annotations !== undefined){
let data7 = data2.annotations;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key2 in data7){
if(typeof data7[key2] !== "string"){
const err18 = {instancePath:instancePath+"/metadata/annotations/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/metadata/properties/annotations/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/metadata/annotations",schemaPath:"#/properties/metadata/properties/annotations/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
else {
const err20 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.spec !== undefined){
let data9 = data.spec;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
if(data9.imagePullPolicy === undefined){
data9.imagePullPolicy = "IfNotPresent";
}
if(data9.imagePullSecrets === undefined){
data9.imagePullSecrets = [];
}
if(data9.mode === undefined){
data9.mode = "task";
}
if(data9.suspend === undefined){
data9.suspend = false;
}
if(data9.serviceAccountName === undefined){
data9.serviceAccountName = "default";
}
if(data9.labels === undefined){
data9.labels = {};
}
if(data9.user === undefined){
data9.user = 1000;
}
if(data9.resources === undefined){
data9.resources = {};
}
if(data9.nodeSelector === undefined){
data9.nodeSelector = {};
}
if(data9.workspace === undefined){
data9.workspace = {};
}
if(data9.git === undefined){
data9.git = [];
}
if(data9.agent === undefined){
const err21 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/required",keyword:"required",params:{missingProperty: "agent"},message:"must have required property '"+"agent"+"'"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if(data9.image === undefined){
const err22 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/required",keyword:"required",params:{missingProperty: "image"},message:"must have required property '"+"image"+"'"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(data9.work === undefined){
const err23 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/required",keyword:"required",params:{missingProperty: "work"},message:"must have required property '"+"work"+"'"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
for(const key3 in data9){
if(!(func4.call(schema11.properties.spec.properties, key3))){
const err24 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
}
if(data9.agent !== undefined){
let data10 = data9.agent;
if(typeof data10 !== "string"){
const err25 = {instancePath:instancePath+"/spec/agent",schemaPath:"#/properties/spec/properties/agent/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(!(((((data10 === "claude-code") || (data10 === "codex")) || (data10 === "opencode")) || (data10 === "openclaw")) || (data10 === "custom"))){
const err26 = {instancePath:instancePath+"/spec/agent",schemaPath:"#/properties/spec/properties/agent/enum",keyword:"enum",params:{allowedValues: schema11.properties.spec.properties.agent.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
if(data9.image !== undefined){
let data11 = data9.image;
if(typeof data11 === "string"){
if(func2(data11) > 512){
const err27 = {instancePath:instancePath+"/spec/image",schemaPath:"#/properties/spec/properties/image/maxLength",keyword:"maxLength",params:{limit: 512},message:"must NOT have more than 512 characters"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
if(func2(data11) < 1){
const err28 = {instancePath:instancePath+"/spec/image",schemaPath:"#/properties/spec/properties/image/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
else {
const err29 = {instancePath:instancePath+"/spec/image",schemaPath:"#/properties/spec/properties/image/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
let data12 = data9.imagePullPolicy;
if(typeof data12 !== "string"){
const err30 = {instancePath:instancePath+"/spec/imagePullPolicy",schemaPath:"#/properties/spec/properties/imagePullPolicy/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
if(!(((data12 === "Always") || (data12 === "IfNotPresent")) || (data12 === "Never"))){
const err31 = {instancePath:instancePath+"/spec/imagePullPolicy",schemaPath:"#/properties/spec/properties/imagePullPolicy/enum",keyword:"enum",params:{allowedValues: schema11.properties.spec.properties.imagePullPolicy.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
let data13 = data9.imagePullSecrets;
if(Array.isArray(data13)){
if(data13.length > 16){
const err32 = {instancePath:instancePath+"/spec/imagePullSecrets",schemaPath:"#/properties/spec/properties/imagePullSecrets/maxItems",keyword:"maxItems",params:{limit: 16},message:"must NOT have more than 16 items"};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
const len0 = data13.length;
for(let i0=0; i0<len0; i0++){
let data14 = data13[i0];
if(data14 && typeof data14 == "object" && !Array.isArray(data14)){
if(data14.name === undefined){
const err33 = {instancePath:instancePath+"/spec/imagePullSecrets/" + i0,schemaPath:"#/properties/spec/properties/imagePullSecrets/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
for(const key4 in data14){
if(!(key4 === "name")){
const err34 = {instancePath:instancePath+"/spec/imagePullSecrets/" + i0,schemaPath:"#/properties/spec/properties/imagePullSecrets/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
if(data14.name !== undefined){
let data15 = data14.name;
if(typeof data15 === "string"){
if(func2(data15) > 253){
const err35 = {instancePath:instancePath+"/spec/imagePullSecrets/" + i0+"/name",schemaPath:"#/properties/spec/properties/imagePullSecrets/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
if(func2(data15) < 1){
const err36 = {instancePath:instancePath+"/spec/imagePullSecrets/" + i0+"/name",schemaPath:"#/properties/spec/properties/imagePullSecrets/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
else {
const err37 = {instancePath:instancePath+"/spec/imagePullSecrets/" + i0+"/name",schemaPath:"#/properties/spec/properties/imagePullSecrets/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
}
}
else {
const err38 = {instancePath:instancePath+"/spec/imagePullSecrets/" + i0,schemaPath:"#/properties/spec/properties/imagePullSecrets/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
}
else {
const err39 = {instancePath:instancePath+"/spec/imagePullSecrets",schemaPath:"#/properties/spec/properties/imagePullSecrets/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
let data16 = data9.mode;
if(typeof data16 !== "string"){
const err40 = {instancePath:instancePath+"/spec/mode",schemaPath:"#/properties/spec/properties/mode/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
if(!((data16 === "task") || (data16 === "service"))){
const err41 = {instancePath:instancePath+"/spec/mode",schemaPath:"#/properties/spec/properties/mode/enum",keyword:"enum",params:{allowedValues: schema11.properties.spec.properties.mode.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
if(typeof data9.suspend !== "boolean"){
const err42 = {instancePath:instancePath+"/spec/suspend",schemaPath:"#/properties/spec/properties/suspend/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
if(data9.kill !== undefined){
let data18 = data9.kill;
if(typeof data18 === "string"){
if(func2(data18) > 512){
const err43 = {instancePath:instancePath+"/spec/kill",schemaPath:"#/properties/spec/properties/kill/maxLength",keyword:"maxLength",params:{limit: 512},message:"must NOT have more than 512 characters"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
}
else {
const err44 = {instancePath:instancePath+"/spec/kill",schemaPath:"#/properties/spec/properties/kill/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
if(data9.toolProfile !== undefined){
let data19 = data9.toolProfile;
if(typeof data19 === "string"){
if(func2(data19) > 253){
const err45 = {instancePath:instancePath+"/spec/toolProfile",schemaPath:"#/properties/spec/properties/toolProfile/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
if(func2(data19) < 1){
const err46 = {instancePath:instancePath+"/spec/toolProfile",schemaPath:"#/properties/spec/properties/toolProfile/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
else {
const err47 = {instancePath:instancePath+"/spec/toolProfile",schemaPath:"#/properties/spec/properties/toolProfile/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
let data20 = data9.serviceAccountName;
if(typeof data20 === "string"){
if(func2(data20) > 253){
const err48 = {instancePath:instancePath+"/spec/serviceAccountName",schemaPath:"#/properties/spec/properties/serviceAccountName/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
if(func2(data20) < 1){
const err49 = {instancePath:instancePath+"/spec/serviceAccountName",schemaPath:"#/properties/spec/properties/serviceAccountName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
else {
const err50 = {instancePath:instancePath+"/spec/serviceAccountName",schemaPath:"#/properties/spec/properties/serviceAccountName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
let data21 = data9.labels;
if(data21 && typeof data21 == "object" && !Array.isArray(data21)){
if(Object.keys(data21).length > 32){
const err51 = {instancePath:instancePath+"/spec/labels",schemaPath:"#/properties/spec/properties/labels/maxProperties",keyword:"maxProperties",params:{limit: 32},message:"must NOT have more than 32 properties"};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
for(const key5 in data21){
let data22 = data21[key5];
if(typeof data22 === "string"){
if(func2(data22) > 63){
const err52 = {instancePath:instancePath+"/spec/labels/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/labels/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
else {
const err53 = {instancePath:instancePath+"/spec/labels/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
}
else {
const err54 = {instancePath:instancePath+"/spec/labels",schemaPath:"#/properties/spec/properties/labels/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
let data23 = data9.user;
if(!(((typeof data23 == "number") && (!(data23 % 1) && !isNaN(data23))) && (isFinite(data23)))){
const err55 = {instancePath:instancePath+"/spec/user",schemaPath:"#/properties/spec/properties/user/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
if((typeof data23 == "number") && (isFinite(data23))){
if(data23 > 2147483647 || isNaN(data23)){
const err56 = {instancePath:instancePath+"/spec/user",schemaPath:"#/properties/spec/properties/user/maximum",keyword:"maximum",params:{comparison: "<=", limit: 2147483647},message:"must be <= 2147483647"};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
if(data23 < 1 || isNaN(data23)){
const err57 = {instancePath:instancePath+"/spec/user",schemaPath:"#/properties/spec/properties/user/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
if(data9.runtimeClassName !== undefined){
let data24 = data9.runtimeClassName;
if(typeof data24 === "string"){
if(func2(data24) > 253){
const err58 = {instancePath:instancePath+"/spec/runtimeClassName",schemaPath:"#/properties/spec/properties/runtimeClassName/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
if(func2(data24) < 1){
const err59 = {instancePath:instancePath+"/spec/runtimeClassName",schemaPath:"#/properties/spec/properties/runtimeClassName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
}
else {
const err60 = {instancePath:instancePath+"/spec/runtimeClassName",schemaPath:"#/properties/spec/properties/runtimeClassName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
let data25 = data9.resources;
if(data25 && typeof data25 == "object" && !Array.isArray(data25)){
for(const key6 in data25){
if(!((key6 === "requests") || (key6 === "limits"))){
const err61 = {instancePath:instancePath+"/spec/resources",schemaPath:"#/properties/spec/properties/resources/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
if(data25.requests !== undefined){
let data26 = data25.requests;
if(data26 && typeof data26 == "object" && !Array.isArray(data26)){
if(Object.keys(data26).length > 16){
const err62 = {instancePath:instancePath+"/spec/resources/requests",schemaPath:"#/properties/spec/properties/resources/properties/requests/maxProperties",keyword:"maxProperties",params:{limit: 16},message:"must NOT have more than 16 properties"};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
for(const key7 in data26){
let data27 = data26[key7];
if((!(((typeof data27 == "number") && (!(data27 % 1) && !isNaN(data27))) && (isFinite(data27)))) && (typeof data27 !== "string")){
const err63 = {instancePath:instancePath+"/spec/resources/requests/" + key7.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/resources/properties/requests/additionalProperties/type",keyword:"type",params:{type: schema11.properties.spec.properties.resources.properties.requests.additionalProperties.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
if((typeof data27 == "number") && (isFinite(data27))){
if(data27 < 0 || isNaN(data27)){
const err64 = {instancePath:instancePath+"/spec/resources/requests/" + key7.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/resources/properties/requests/additionalProperties/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
}
if(typeof data27 === "string"){
if(func2(data27) > 32){
const err65 = {instancePath:instancePath+"/spec/resources/requests/" + key7.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/resources/properties/requests/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 32},message:"must NOT have more than 32 characters"};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
if(!pattern2.test(data27)){
const err66 = {instancePath:instancePath+"/spec/resources/requests/" + key7.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/resources/properties/requests/additionalProperties/pattern",keyword:"pattern",params:{pattern: "^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"},message:"must match pattern \""+"^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"+"\""};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
}
}
else {
const err67 = {instancePath:instancePath+"/spec/resources/requests",schemaPath:"#/properties/spec/properties/resources/properties/requests/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data25.limits !== undefined){
let data28 = data25.limits;
if(data28 && typeof data28 == "object" && !Array.isArray(data28)){
if(Object.keys(data28).length > 16){
const err68 = {instancePath:instancePath+"/spec/resources/limits",schemaPath:"#/properties/spec/properties/resources/properties/limits/maxProperties",keyword:"maxProperties",params:{limit: 16},message:"must NOT have more than 16 properties"};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
for(const key8 in data28){
let data29 = data28[key8];
if((!(((typeof data29 == "number") && (!(data29 % 1) && !isNaN(data29))) && (isFinite(data29)))) && (typeof data29 !== "string")){
const err69 = {instancePath:instancePath+"/spec/resources/limits/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/resources/properties/limits/additionalProperties/type",keyword:"type",params:{type: schema11.properties.spec.properties.resources.properties.limits.additionalProperties.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
if((typeof data29 == "number") && (isFinite(data29))){
if(data29 < 0 || isNaN(data29)){
const err70 = {instancePath:instancePath+"/spec/resources/limits/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/resources/properties/limits/additionalProperties/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
if(typeof data29 === "string"){
if(func2(data29) > 32){
const err71 = {instancePath:instancePath+"/spec/resources/limits/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/resources/properties/limits/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 32},message:"must NOT have more than 32 characters"};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
if(!pattern2.test(data29)){
const err72 = {instancePath:instancePath+"/spec/resources/limits/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/resources/properties/limits/additionalProperties/pattern",keyword:"pattern",params:{pattern: "^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"},message:"must match pattern \""+"^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"+"\""};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
}
}
else {
const err73 = {instancePath:instancePath+"/spec/resources/limits",schemaPath:"#/properties/spec/properties/resources/properties/limits/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
}
else {
const err74 = {instancePath:instancePath+"/spec/resources",schemaPath:"#/properties/spec/properties/resources/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
let data30 = data9.nodeSelector;
if(data30 && typeof data30 == "object" && !Array.isArray(data30)){
if(Object.keys(data30).length > 32){
const err75 = {instancePath:instancePath+"/spec/nodeSelector",schemaPath:"#/properties/spec/properties/nodeSelector/maxProperties",keyword:"maxProperties",params:{limit: 32},message:"must NOT have more than 32 properties"};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
for(const key9 in data30){
let data31 = data30[key9];
if(typeof data31 === "string"){
if(func2(data31) > 63){
const err76 = {instancePath:instancePath+"/spec/nodeSelector/" + key9.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/nodeSelector/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
}
else {
const err77 = {instancePath:instancePath+"/spec/nodeSelector/" + key9.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/nodeSelector/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
}
}
else {
const err78 = {instancePath:instancePath+"/spec/nodeSelector",schemaPath:"#/properties/spec/properties/nodeSelector/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
let data32 = data9.workspace;
if(data32 && typeof data32 == "object" && !Array.isArray(data32)){
if(data32.size === undefined){
data32.size = "1Gi";
}
if(data32.mountPath === undefined){
data32.mountPath = "/workspace";
}
for(const key10 in data32){
if(!(((key10 === "size") || (key10 === "storageClassName")) || (key10 === "mountPath"))){
const err79 = {instancePath:instancePath+"/spec/workspace",schemaPath:"#/properties/spec/properties/workspace/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key10},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
}
let data33 = data32.size;
if(typeof data33 === "string"){
if(func2(data33) > 20){
const err80 = {instancePath:instancePath+"/spec/workspace/size",schemaPath:"#/properties/spec/properties/workspace/properties/size/maxLength",keyword:"maxLength",params:{limit: 20},message:"must NOT have more than 20 characters"};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
if(func2(data33) < 1){
const err81 = {instancePath:instancePath+"/spec/workspace/size",schemaPath:"#/properties/spec/properties/workspace/properties/size/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
if(!pattern4.test(data33)){
const err82 = {instancePath:instancePath+"/spec/workspace/size",schemaPath:"#/properties/spec/properties/workspace/properties/size/pattern",keyword:"pattern",params:{pattern: "^[1-9][0-9]{0,11}(Ki|Mi|Gi|Ti)?$"},message:"must match pattern \""+"^[1-9][0-9]{0,11}(Ki|Mi|Gi|Ti)?$"+"\""};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
else {
const err83 = {instancePath:instancePath+"/spec/workspace/size",schemaPath:"#/properties/spec/properties/workspace/properties/size/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
if(data32.storageClassName !== undefined){
let data34 = data32.storageClassName;
if(typeof data34 === "string"){
if(func2(data34) > 253){
const err84 = {instancePath:instancePath+"/spec/workspace/storageClassName",schemaPath:"#/properties/spec/properties/workspace/properties/storageClassName/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
if(func2(data34) < 1){
const err85 = {instancePath:instancePath+"/spec/workspace/storageClassName",schemaPath:"#/properties/spec/properties/workspace/properties/storageClassName/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
else {
const err86 = {instancePath:instancePath+"/spec/workspace/storageClassName",schemaPath:"#/properties/spec/properties/workspace/properties/storageClassName/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
}
let data35 = data32.mountPath;
if(typeof data35 === "string"){
if(func2(data35) > 253){
const err87 = {instancePath:instancePath+"/spec/workspace/mountPath",schemaPath:"#/properties/spec/properties/workspace/properties/mountPath/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
if(func2(data35) < 2){
const err88 = {instancePath:instancePath+"/spec/workspace/mountPath",schemaPath:"#/properties/spec/properties/workspace/properties/mountPath/minLength",keyword:"minLength",params:{limit: 2},message:"must NOT have fewer than 2 characters"};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
if(!pattern5.test(data35)){
const err89 = {instancePath:instancePath+"/spec/workspace/mountPath",schemaPath:"#/properties/spec/properties/workspace/properties/mountPath/pattern",keyword:"pattern",params:{pattern: "^/[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"},message:"must match pattern \""+"^/[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"+"\""};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
}
else {
const err90 = {instancePath:instancePath+"/spec/workspace/mountPath",schemaPath:"#/properties/spec/properties/workspace/properties/mountPath/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
}
}
else {
const err91 = {instancePath:instancePath+"/spec/workspace",schemaPath:"#/properties/spec/properties/workspace/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
let data36 = data9.git;
if(Array.isArray(data36)){
if(data36.length > 8){
const err92 = {instancePath:instancePath+"/spec/git",schemaPath:"#/properties/spec/properties/git/maxItems",keyword:"maxItems",params:{limit: 8},message:"must NOT have more than 8 items"};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
const len1 = data36.length;
for(let i1=0; i1<len1; i1++){
let data37 = data36[i1];
if(data37 && typeof data37 == "object" && !Array.isArray(data37)){
if(data37.name === undefined){
const err93 = {instancePath:instancePath+"/spec/git/" + i1,schemaPath:"#/properties/spec/properties/git/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
if(data37.url === undefined){
const err94 = {instancePath:instancePath+"/spec/git/" + i1,schemaPath:"#/properties/spec/properties/git/items/required",keyword:"required",params:{missingProperty: "url"},message:"must have required property '"+"url"+"'"};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
for(const key11 in data37){
if(!((((key11 === "name") || (key11 === "url")) || (key11 === "secret")) || (key11 === "push"))){
const err95 = {instancePath:instancePath+"/spec/git/" + i1,schemaPath:"#/properties/spec/properties/git/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key11},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
}
if(data37.name !== undefined){
let data38 = data37.name;
if(typeof data38 === "string"){
if(func2(data38) > 63){
const err96 = {instancePath:instancePath+"/spec/git/" + i1+"/name",schemaPath:"#/properties/spec/properties/git/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
if(func2(data38) < 1){
const err97 = {instancePath:instancePath+"/spec/git/" + i1+"/name",schemaPath:"#/properties/spec/properties/git/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
if(!pattern1.test(data38)){
const err98 = {instancePath:instancePath+"/spec/git/" + i1+"/name",schemaPath:"#/properties/spec/properties/git/items/properties/name/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
}
}
else {
const err99 = {instancePath:instancePath+"/spec/git/" + i1+"/name",schemaPath:"#/properties/spec/properties/git/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
}
if(data37.url !== undefined){
let data39 = data37.url;
if(typeof data39 === "string"){
if(func2(data39) > 1024){
const err100 = {instancePath:instancePath+"/spec/git/" + i1+"/url",schemaPath:"#/properties/spec/properties/git/items/properties/url/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
if(func2(data39) < 10){
const err101 = {instancePath:instancePath+"/spec/git/" + i1+"/url",schemaPath:"#/properties/spec/properties/git/items/properties/url/minLength",keyword:"minLength",params:{limit: 10},message:"must NOT have fewer than 10 characters"};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
if(!pattern7.test(data39)){
const err102 = {instancePath:instancePath+"/spec/git/" + i1+"/url",schemaPath:"#/properties/spec/properties/git/items/properties/url/pattern",keyword:"pattern",params:{pattern: "^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)+/?$"},message:"must match pattern \""+"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)+/?$"+"\""};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
}
}
else {
const err103 = {instancePath:instancePath+"/spec/git/" + i1+"/url",schemaPath:"#/properties/spec/properties/git/items/properties/url/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
}
}
if(data37.secret !== undefined){
let data40 = data37.secret;
if(data40 && typeof data40 == "object" && !Array.isArray(data40)){
if(data40.name === undefined){
const err104 = {instancePath:instancePath+"/spec/git/" + i1+"/secret",schemaPath:"#/properties/spec/properties/git/items/properties/secret/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
if(data40.key === undefined){
const err105 = {instancePath:instancePath+"/spec/git/" + i1+"/secret",schemaPath:"#/properties/spec/properties/git/items/properties/secret/required",keyword:"required",params:{missingProperty: "key"},message:"must have required property '"+"key"+"'"};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
for(const key12 in data40){
if(!((key12 === "name") || (key12 === "key"))){
const err106 = {instancePath:instancePath+"/spec/git/" + i1+"/secret",schemaPath:"#/properties/spec/properties/git/items/properties/secret/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key12},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
}
if(data40.name !== undefined){
let data41 = data40.name;
if(typeof data41 === "string"){
if(func2(data41) > 253){
const err107 = {instancePath:instancePath+"/spec/git/" + i1+"/secret/name",schemaPath:"#/properties/spec/properties/git/items/properties/secret/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
if(func2(data41) < 1){
const err108 = {instancePath:instancePath+"/spec/git/" + i1+"/secret/name",schemaPath:"#/properties/spec/properties/git/items/properties/secret/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
}
}
else {
const err109 = {instancePath:instancePath+"/spec/git/" + i1+"/secret/name",schemaPath:"#/properties/spec/properties/git/items/properties/secret/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
}
if(data40.key !== undefined){
let data42 = data40.key;
if(typeof data42 === "string"){
if(func2(data42) > 253){
const err110 = {instancePath:instancePath+"/spec/git/" + i1+"/secret/key",schemaPath:"#/properties/spec/properties/git/items/properties/secret/properties/key/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
if(func2(data42) < 1){
const err111 = {instancePath:instancePath+"/spec/git/" + i1+"/secret/key",schemaPath:"#/properties/spec/properties/git/items/properties/secret/properties/key/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
}
else {
const err112 = {instancePath:instancePath+"/spec/git/" + i1+"/secret/key",schemaPath:"#/properties/spec/properties/git/items/properties/secret/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err112];
}
else {
vErrors.push(err112);
}
errors++;
}
}
}
else {
const err113 = {instancePath:instancePath+"/spec/git/" + i1+"/secret",schemaPath:"#/properties/spec/properties/git/items/properties/secret/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err113];
}
else {
vErrors.push(err113);
}
errors++;
}
}
if(data37.push !== undefined){
let data43 = data37.push;
if(data43 && typeof data43 == "object" && !Array.isArray(data43)){
if(data43.branches === undefined){
const err114 = {instancePath:instancePath+"/spec/git/" + i1+"/push",schemaPath:"#/properties/spec/properties/git/items/properties/push/required",keyword:"required",params:{missingProperty: "branches"},message:"must have required property '"+"branches"+"'"};
if(vErrors === null){
vErrors = [err114];
}
else {
vErrors.push(err114);
}
errors++;
}
for(const key13 in data43){
if(!(key13 === "branches")){
const err115 = {instancePath:instancePath+"/spec/git/" + i1+"/push",schemaPath:"#/properties/spec/properties/git/items/properties/push/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key13},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err115];
}
else {
vErrors.push(err115);
}
errors++;
}
}
if(data43.branches !== undefined){
let data44 = data43.branches;
if(Array.isArray(data44)){
if(data44.length > 16){
const err116 = {instancePath:instancePath+"/spec/git/" + i1+"/push/branches",schemaPath:"#/properties/spec/properties/git/items/properties/push/properties/branches/maxItems",keyword:"maxItems",params:{limit: 16},message:"must NOT have more than 16 items"};
if(vErrors === null){
vErrors = [err116];
}
else {
vErrors.push(err116);
}
errors++;
}
if(data44.length < 1){
const err117 = {instancePath:instancePath+"/spec/git/" + i1+"/push/branches",schemaPath:"#/properties/spec/properties/git/items/properties/push/properties/branches/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err117];
}
else {
vErrors.push(err117);
}
errors++;
}
const len2 = data44.length;
for(let i2=0; i2<len2; i2++){
let data45 = data44[i2];
if(typeof data45 === "string"){
if(func2(data45) > 253){
const err118 = {instancePath:instancePath+"/spec/git/" + i1+"/push/branches/" + i2,schemaPath:"#/properties/spec/properties/git/items/properties/push/properties/branches/items/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err118];
}
else {
vErrors.push(err118);
}
errors++;
}
if(func2(data45) < 1){
const err119 = {instancePath:instancePath+"/spec/git/" + i1+"/push/branches/" + i2,schemaPath:"#/properties/spec/properties/git/items/properties/push/properties/branches/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err119];
}
else {
vErrors.push(err119);
}
errors++;
}
}
else {
const err120 = {instancePath:instancePath+"/spec/git/" + i1+"/push/branches/" + i2,schemaPath:"#/properties/spec/properties/git/items/properties/push/properties/branches/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err120];
}
else {
vErrors.push(err120);
}
errors++;
}
}
let i3 = data44.length;
let j0;
if(i3 > 1){
const indices0 = {};
for(;i3--;){
let item0 = data44[i3];
if(typeof item0 !== "string"){
continue;
}
if(typeof indices0[item0] == "number"){
j0 = indices0[item0];
const err121 = {instancePath:instancePath+"/spec/git/" + i1+"/push/branches",schemaPath:"#/properties/spec/properties/git/items/properties/push/properties/branches/uniqueItems",keyword:"uniqueItems",params:{i: i3, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i3+" are identical)"};
if(vErrors === null){
vErrors = [err121];
}
else {
vErrors.push(err121);
}
errors++;
break;
}
indices0[item0] = i3;
}
}
}
else {
const err122 = {instancePath:instancePath+"/spec/git/" + i1+"/push/branches",schemaPath:"#/properties/spec/properties/git/items/properties/push/properties/branches/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err122];
}
else {
vErrors.push(err122);
}
errors++;
}
}
}
else {
const err123 = {instancePath:instancePath+"/spec/git/" + i1+"/push",schemaPath:"#/properties/spec/properties/git/items/properties/push/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err123];
}
else {
vErrors.push(err123);
}
errors++;
}
}
}
else {
const err124 = {instancePath:instancePath+"/spec/git/" + i1,schemaPath:"#/properties/spec/properties/git/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err124];
}
else {
vErrors.push(err124);
}
errors++;
}
}
}
else {
const err125 = {instancePath:instancePath+"/spec/git",schemaPath:"#/properties/spec/properties/git/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err125];
}
else {
vErrors.push(err125);
}
errors++;
}
if(data9.setup !== undefined){
let data46 = data9.setup;
if(data46 && typeof data46 == "object" && !Array.isArray(data46)){
if(data46.env === undefined){
data46.env = [];
}
if(data46.timeoutSeconds === undefined){
data46.timeoutSeconds = 1800;
}
if(data46.retries === undefined){
data46.retries = 0;
}
if(data46.command === undefined){
const err126 = {instancePath:instancePath+"/spec/setup",schemaPath:"#/properties/spec/properties/setup/required",keyword:"required",params:{missingProperty: "command"},message:"must have required property '"+"command"+"'"};
if(vErrors === null){
vErrors = [err126];
}
else {
vErrors.push(err126);
}
errors++;
}
for(const key14 in data46){
if(!(((((key14 === "image") || (key14 === "command")) || (key14 === "env")) || (key14 === "timeoutSeconds")) || (key14 === "retries"))){
const err127 = {instancePath:instancePath+"/spec/setup",schemaPath:"#/properties/spec/properties/setup/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key14},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err127];
}
else {
vErrors.push(err127);
}
errors++;
}
}
if(data46.image !== undefined){
let data47 = data46.image;
if(typeof data47 === "string"){
if(func2(data47) > 512){
const err128 = {instancePath:instancePath+"/spec/setup/image",schemaPath:"#/properties/spec/properties/setup/properties/image/maxLength",keyword:"maxLength",params:{limit: 512},message:"must NOT have more than 512 characters"};
if(vErrors === null){
vErrors = [err128];
}
else {
vErrors.push(err128);
}
errors++;
}
if(func2(data47) < 1){
const err129 = {instancePath:instancePath+"/spec/setup/image",schemaPath:"#/properties/spec/properties/setup/properties/image/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err129];
}
else {
vErrors.push(err129);
}
errors++;
}
}
else {
const err130 = {instancePath:instancePath+"/spec/setup/image",schemaPath:"#/properties/spec/properties/setup/properties/image/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err130];
}
else {
vErrors.push(err130);
}
errors++;
}
}
if(data46.command !== undefined){
let data48 = data46.command;
if(Array.isArray(data48)){
if(data48.length > 64){
const err131 = {instancePath:instancePath+"/spec/setup/command",schemaPath:"#/properties/spec/properties/setup/properties/command/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err131];
}
else {
vErrors.push(err131);
}
errors++;
}
if(data48.length < 1){
const err132 = {instancePath:instancePath+"/spec/setup/command",schemaPath:"#/properties/spec/properties/setup/properties/command/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err132];
}
else {
vErrors.push(err132);
}
errors++;
}
const len3 = data48.length;
for(let i4=0; i4<len3; i4++){
let data49 = data48[i4];
if(typeof data49 === "string"){
if(func2(data49) > 16384){
const err133 = {instancePath:instancePath+"/spec/setup/command/" + i4,schemaPath:"#/properties/spec/properties/setup/properties/command/items/maxLength",keyword:"maxLength",params:{limit: 16384},message:"must NOT have more than 16384 characters"};
if(vErrors === null){
vErrors = [err133];
}
else {
vErrors.push(err133);
}
errors++;
}
}
else {
const err134 = {instancePath:instancePath+"/spec/setup/command/" + i4,schemaPath:"#/properties/spec/properties/setup/properties/command/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err134];
}
else {
vErrors.push(err134);
}
errors++;
}
}
}
else {
const err135 = {instancePath:instancePath+"/spec/setup/command",schemaPath:"#/properties/spec/properties/setup/properties/command/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err135];
}
else {
vErrors.push(err135);
}
errors++;
}
}
let data50 = data46.env;
if(Array.isArray(data50)){
if(data50.length > 64){
const err136 = {instancePath:instancePath+"/spec/setup/env",schemaPath:"#/properties/spec/properties/setup/properties/env/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err136];
}
else {
vErrors.push(err136);
}
errors++;
}
const len4 = data50.length;
for(let i5=0; i5<len4; i5++){
let data51 = data50[i5];
if(data51 && typeof data51 == "object" && !Array.isArray(data51)){
if(data51.name === undefined){
const err137 = {instancePath:instancePath+"/spec/setup/env/" + i5,schemaPath:"#/properties/spec/properties/setup/properties/env/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err137];
}
else {
vErrors.push(err137);
}
errors++;
}
for(const key15 in data51){
if(!(((key15 === "name") || (key15 === "value")) || (key15 === "secret"))){
const err138 = {instancePath:instancePath+"/spec/setup/env/" + i5,schemaPath:"#/properties/spec/properties/setup/properties/env/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key15},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err138];
}
else {
vErrors.push(err138);
}
errors++;
}
}
if(data51.name !== undefined){
let data52 = data51.name;
if(typeof data52 === "string"){
if(func2(data52) > 128){
const err139 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/name",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err139];
}
else {
vErrors.push(err139);
}
errors++;
}
if(func2(data52) < 1){
const err140 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/name",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err140];
}
else {
vErrors.push(err140);
}
errors++;
}
if(!pattern8.test(data52)){
const err141 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/name",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/name/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^[A-Za-z_][A-Za-z0-9_]*$"+"\""};
if(vErrors === null){
vErrors = [err141];
}
else {
vErrors.push(err141);
}
errors++;
}
}
else {
const err142 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/name",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err142];
}
else {
vErrors.push(err142);
}
errors++;
}
}
if(data51.value !== undefined){
let data53 = data51.value;
if(typeof data53 === "string"){
if(func2(data53) > 16384){
const err143 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/value",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/value/maxLength",keyword:"maxLength",params:{limit: 16384},message:"must NOT have more than 16384 characters"};
if(vErrors === null){
vErrors = [err143];
}
else {
vErrors.push(err143);
}
errors++;
}
}
else {
const err144 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/value",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/value/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err144];
}
else {
vErrors.push(err144);
}
errors++;
}
}
if(data51.secret !== undefined){
let data54 = data51.secret;
if(data54 && typeof data54 == "object" && !Array.isArray(data54)){
if(data54.name === undefined){
const err145 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err145];
}
else {
vErrors.push(err145);
}
errors++;
}
if(data54.key === undefined){
const err146 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/required",keyword:"required",params:{missingProperty: "key"},message:"must have required property '"+"key"+"'"};
if(vErrors === null){
vErrors = [err146];
}
else {
vErrors.push(err146);
}
errors++;
}
for(const key16 in data54){
if(!((key16 === "name") || (key16 === "key"))){
const err147 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key16},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err147];
}
else {
vErrors.push(err147);
}
errors++;
}
}
if(data54.name !== undefined){
let data55 = data54.name;
if(typeof data55 === "string"){
if(func2(data55) > 253){
const err148 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret/name",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err148];
}
else {
vErrors.push(err148);
}
errors++;
}
if(func2(data55) < 1){
const err149 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret/name",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err149];
}
else {
vErrors.push(err149);
}
errors++;
}
}
else {
const err150 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret/name",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err150];
}
else {
vErrors.push(err150);
}
errors++;
}
}
if(data54.key !== undefined){
let data56 = data54.key;
if(typeof data56 === "string"){
if(func2(data56) > 253){
const err151 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret/key",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/properties/key/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err151];
}
else {
vErrors.push(err151);
}
errors++;
}
if(func2(data56) < 1){
const err152 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret/key",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/properties/key/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err152];
}
else {
vErrors.push(err152);
}
errors++;
}
}
else {
const err153 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret/key",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err153];
}
else {
vErrors.push(err153);
}
errors++;
}
}
}
else {
const err154 = {instancePath:instancePath+"/spec/setup/env/" + i5+"/secret",schemaPath:"#/properties/spec/properties/setup/properties/env/items/properties/secret/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err154];
}
else {
vErrors.push(err154);
}
errors++;
}
}
}
else {
const err155 = {instancePath:instancePath+"/spec/setup/env/" + i5,schemaPath:"#/properties/spec/properties/setup/properties/env/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err155];
}
else {
vErrors.push(err155);
}
errors++;
}
}
}
else {
const err156 = {instancePath:instancePath+"/spec/setup/env",schemaPath:"#/properties/spec/properties/setup/properties/env/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err156];
}
else {
vErrors.push(err156);
}
errors++;
}
let data57 = data46.timeoutSeconds;
if(!(((typeof data57 == "number") && (!(data57 % 1) && !isNaN(data57))) && (isFinite(data57)))){
const err157 = {instancePath:instancePath+"/spec/setup/timeoutSeconds",schemaPath:"#/properties/spec/properties/setup/properties/timeoutSeconds/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err157];
}
else {
vErrors.push(err157);
}
errors++;
}
if((typeof data57 == "number") && (isFinite(data57))){
if(data57 > 604800 || isNaN(data57)){
const err158 = {instancePath:instancePath+"/spec/setup/timeoutSeconds",schemaPath:"#/properties/spec/properties/setup/properties/timeoutSeconds/maximum",keyword:"maximum",params:{comparison: "<=", limit: 604800},message:"must be <= 604800"};
if(vErrors === null){
vErrors = [err158];
}
else {
vErrors.push(err158);
}
errors++;
}
if(data57 < 1 || isNaN(data57)){
const err159 = {instancePath:instancePath+"/spec/setup/timeoutSeconds",schemaPath:"#/properties/spec/properties/setup/properties/timeoutSeconds/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err159];
}
else {
vErrors.push(err159);
}
errors++;
}
}
let data58 = data46.retries;
if(!(((typeof data58 == "number") && (!(data58 % 1) && !isNaN(data58))) && (isFinite(data58)))){
const err160 = {instancePath:instancePath+"/spec/setup/retries",schemaPath:"#/properties/spec/properties/setup/properties/retries/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err160];
}
else {
vErrors.push(err160);
}
errors++;
}
if((typeof data58 == "number") && (isFinite(data58))){
if(data58 > 20 || isNaN(data58)){
const err161 = {instancePath:instancePath+"/spec/setup/retries",schemaPath:"#/properties/spec/properties/setup/properties/retries/maximum",keyword:"maximum",params:{comparison: "<=", limit: 20},message:"must be <= 20"};
if(vErrors === null){
vErrors = [err161];
}
else {
vErrors.push(err161);
}
errors++;
}
if(data58 < 0 || isNaN(data58)){
const err162 = {instancePath:instancePath+"/spec/setup/retries",schemaPath:"#/properties/spec/properties/setup/properties/retries/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err162];
}
else {
vErrors.push(err162);
}
errors++;
}
}
}
else {
const err163 = {instancePath:instancePath+"/spec/setup",schemaPath:"#/properties/spec/properties/setup/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err163];
}
else {
vErrors.push(err163);
}
errors++;
}
}
if(data9.work !== undefined){
let data59 = data9.work;
if(data59 && typeof data59 == "object" && !Array.isArray(data59)){
if(data59.env === undefined){
data59.env = [];
}
if(data59.retries === undefined){
data59.retries = 0;
}
if(data59.command === undefined){
const err164 = {instancePath:instancePath+"/spec/work",schemaPath:"#/properties/spec/properties/work/required",keyword:"required",params:{missingProperty: "command"},message:"must have required property '"+"command"+"'"};
if(vErrors === null){
vErrors = [err164];
}
else {
vErrors.push(err164);
}
errors++;
}
for(const key17 in data59){
if(!(((((key17 === "image") || (key17 === "command")) || (key17 === "env")) || (key17 === "timeoutSeconds")) || (key17 === "retries"))){
const err165 = {instancePath:instancePath+"/spec/work",schemaPath:"#/properties/spec/properties/work/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key17},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err165];
}
else {
vErrors.push(err165);
}
errors++;
}
}
if(data59.image !== undefined){
let data60 = data59.image;
if(typeof data60 === "string"){
if(func2(data60) > 512){
const err166 = {instancePath:instancePath+"/spec/work/image",schemaPath:"#/properties/spec/properties/work/properties/image/maxLength",keyword:"maxLength",params:{limit: 512},message:"must NOT have more than 512 characters"};
if(vErrors === null){
vErrors = [err166];
}
else {
vErrors.push(err166);
}
errors++;
}
if(func2(data60) < 1){
const err167 = {instancePath:instancePath+"/spec/work/image",schemaPath:"#/properties/spec/properties/work/properties/image/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err167];
}
else {
vErrors.push(err167);
}
errors++;
}
}
else {
const err168 = {instancePath:instancePath+"/spec/work/image",schemaPath:"#/properties/spec/properties/work/properties/image/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err168];
}
else {
vErrors.push(err168);
}
errors++;
}
}
if(data59.command !== undefined){
let data61 = data59.command;
if(Array.isArray(data61)){
if(data61.length > 64){
const err169 = {instancePath:instancePath+"/spec/work/command",schemaPath:"#/properties/spec/properties/work/properties/command/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err169];
}
else {
vErrors.push(err169);
}
errors++;
}
if(data61.length < 1){
const err170 = {instancePath:instancePath+"/spec/work/command",schemaPath:"#/properties/spec/properties/work/properties/command/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err170];
}
else {
vErrors.push(err170);
}
errors++;
}
const len5 = data61.length;
for(let i6=0; i6<len5; i6++){
let data62 = data61[i6];
if(typeof data62 === "string"){
if(func2(data62) > 16384){
const err171 = {instancePath:instancePath+"/spec/work/command/" + i6,schemaPath:"#/properties/spec/properties/work/properties/command/items/maxLength",keyword:"maxLength",params:{limit: 16384},message:"must NOT have more than 16384 characters"};
if(vErrors === null){
vErrors = [err171];
}
else {
vErrors.push(err171);
}
errors++;
}
}
else {
const err172 = {instancePath:instancePath+"/spec/work/command/" + i6,schemaPath:"#/properties/spec/properties/work/properties/command/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err172];
}
else {
vErrors.push(err172);
}
errors++;
}
}
}
else {
const err173 = {instancePath:instancePath+"/spec/work/command",schemaPath:"#/properties/spec/properties/work/properties/command/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err173];
}
else {
vErrors.push(err173);
}
errors++;
}
}
let data63 = data59.env;
if(Array.isArray(data63)){
if(data63.length > 64){
const err174 = {instancePath:instancePath+"/spec/work/env",schemaPath:"#/properties/spec/properties/work/properties/env/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err174];
}
else {
vErrors.push(err174);
}
errors++;
}
const len6 = data63.length;
for(let i7=0; i7<len6; i7++){
let data64 = data63[i7];
if(data64 && typeof data64 == "object" && !Array.isArray(data64)){
if(data64.name === undefined){
const err175 = {instancePath:instancePath+"/spec/work/env/" + i7,schemaPath:"#/properties/spec/properties/work/properties/env/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err175];
}
else {
vErrors.push(err175);
}
errors++;
}
for(const key18 in data64){
if(!(((key18 === "name") || (key18 === "value")) || (key18 === "secret"))){
const err176 = {instancePath:instancePath+"/spec/work/env/" + i7,schemaPath:"#/properties/spec/properties/work/properties/env/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key18},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err176];
}
else {
vErrors.push(err176);
}
errors++;
}
}
if(data64.name !== undefined){
let data65 = data64.name;
if(typeof data65 === "string"){
if(func2(data65) > 128){
const err177 = {instancePath:instancePath+"/spec/work/env/" + i7+"/name",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err177];
}
else {
vErrors.push(err177);
}
errors++;
}
if(func2(data65) < 1){
const err178 = {instancePath:instancePath+"/spec/work/env/" + i7+"/name",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err178];
}
else {
vErrors.push(err178);
}
errors++;
}
if(!pattern8.test(data65)){
const err179 = {instancePath:instancePath+"/spec/work/env/" + i7+"/name",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/name/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^[A-Za-z_][A-Za-z0-9_]*$"+"\""};
if(vErrors === null){
vErrors = [err179];
}
else {
vErrors.push(err179);
}
errors++;
}
}
else {
const err180 = {instancePath:instancePath+"/spec/work/env/" + i7+"/name",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err180];
}
else {
vErrors.push(err180);
}
errors++;
}
}
if(data64.value !== undefined){
let data66 = data64.value;
if(typeof data66 === "string"){
if(func2(data66) > 16384){
const err181 = {instancePath:instancePath+"/spec/work/env/" + i7+"/value",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/value/maxLength",keyword:"maxLength",params:{limit: 16384},message:"must NOT have more than 16384 characters"};
if(vErrors === null){
vErrors = [err181];
}
else {
vErrors.push(err181);
}
errors++;
}
}
else {
const err182 = {instancePath:instancePath+"/spec/work/env/" + i7+"/value",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/value/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err182];
}
else {
vErrors.push(err182);
}
errors++;
}
}
if(data64.secret !== undefined){
let data67 = data64.secret;
if(data67 && typeof data67 == "object" && !Array.isArray(data67)){
if(data67.name === undefined){
const err183 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err183];
}
else {
vErrors.push(err183);
}
errors++;
}
if(data67.key === undefined){
const err184 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/required",keyword:"required",params:{missingProperty: "key"},message:"must have required property '"+"key"+"'"};
if(vErrors === null){
vErrors = [err184];
}
else {
vErrors.push(err184);
}
errors++;
}
for(const key19 in data67){
if(!((key19 === "name") || (key19 === "key"))){
const err185 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key19},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err185];
}
else {
vErrors.push(err185);
}
errors++;
}
}
if(data67.name !== undefined){
let data68 = data67.name;
if(typeof data68 === "string"){
if(func2(data68) > 253){
const err186 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret/name",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err186];
}
else {
vErrors.push(err186);
}
errors++;
}
if(func2(data68) < 1){
const err187 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret/name",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err187];
}
else {
vErrors.push(err187);
}
errors++;
}
}
else {
const err188 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret/name",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err188];
}
else {
vErrors.push(err188);
}
errors++;
}
}
if(data67.key !== undefined){
let data69 = data67.key;
if(typeof data69 === "string"){
if(func2(data69) > 253){
const err189 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret/key",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/properties/key/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err189];
}
else {
vErrors.push(err189);
}
errors++;
}
if(func2(data69) < 1){
const err190 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret/key",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/properties/key/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err190];
}
else {
vErrors.push(err190);
}
errors++;
}
}
else {
const err191 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret/key",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err191];
}
else {
vErrors.push(err191);
}
errors++;
}
}
}
else {
const err192 = {instancePath:instancePath+"/spec/work/env/" + i7+"/secret",schemaPath:"#/properties/spec/properties/work/properties/env/items/properties/secret/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err192];
}
else {
vErrors.push(err192);
}
errors++;
}
}
}
else {
const err193 = {instancePath:instancePath+"/spec/work/env/" + i7,schemaPath:"#/properties/spec/properties/work/properties/env/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err193];
}
else {
vErrors.push(err193);
}
errors++;
}
}
}
else {
const err194 = {instancePath:instancePath+"/spec/work/env",schemaPath:"#/properties/spec/properties/work/properties/env/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err194];
}
else {
vErrors.push(err194);
}
errors++;
}
if(data59.timeoutSeconds !== undefined){
let data70 = data59.timeoutSeconds;
if(!(((typeof data70 == "number") && (!(data70 % 1) && !isNaN(data70))) && (isFinite(data70)))){
const err195 = {instancePath:instancePath+"/spec/work/timeoutSeconds",schemaPath:"#/properties/spec/properties/work/properties/timeoutSeconds/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err195];
}
else {
vErrors.push(err195);
}
errors++;
}
if((typeof data70 == "number") && (isFinite(data70))){
if(data70 > 604800 || isNaN(data70)){
const err196 = {instancePath:instancePath+"/spec/work/timeoutSeconds",schemaPath:"#/properties/spec/properties/work/properties/timeoutSeconds/maximum",keyword:"maximum",params:{comparison: "<=", limit: 604800},message:"must be <= 604800"};
if(vErrors === null){
vErrors = [err196];
}
else {
vErrors.push(err196);
}
errors++;
}
if(data70 < 1 || isNaN(data70)){
const err197 = {instancePath:instancePath+"/spec/work/timeoutSeconds",schemaPath:"#/properties/spec/properties/work/properties/timeoutSeconds/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err197];
}
else {
vErrors.push(err197);
}
errors++;
}
}
}
let data71 = data59.retries;
if(!(((typeof data71 == "number") && (!(data71 % 1) && !isNaN(data71))) && (isFinite(data71)))){
const err198 = {instancePath:instancePath+"/spec/work/retries",schemaPath:"#/properties/spec/properties/work/properties/retries/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err198];
}
else {
vErrors.push(err198);
}
errors++;
}
if((typeof data71 == "number") && (isFinite(data71))){
if(data71 > 20 || isNaN(data71)){
const err199 = {instancePath:instancePath+"/spec/work/retries",schemaPath:"#/properties/spec/properties/work/properties/retries/maximum",keyword:"maximum",params:{comparison: "<=", limit: 20},message:"must be <= 20"};
if(vErrors === null){
vErrors = [err199];
}
else {
vErrors.push(err199);
}
errors++;
}
if(data71 < 0 || isNaN(data71)){
const err200 = {instancePath:instancePath+"/spec/work/retries",schemaPath:"#/properties/spec/properties/work/properties/retries/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err200];
}
else {
vErrors.push(err200);
}
errors++;
}
}
}
else {
const err201 = {instancePath:instancePath+"/spec/work",schemaPath:"#/properties/spec/properties/work/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err201];
}
else {
vErrors.push(err201);
}
errors++;
}
}
if(data9.teardown !== undefined){
let data72 = data9.teardown;
if(data72 && typeof data72 == "object" && !Array.isArray(data72)){
if(data72.env === undefined){
data72.env = [];
}
if(data72.timeoutSeconds === undefined){
data72.timeoutSeconds = 600;
}
if(data72.retries === undefined){
data72.retries = 0;
}
if(data72.command === undefined){
const err202 = {instancePath:instancePath+"/spec/teardown",schemaPath:"#/properties/spec/properties/teardown/required",keyword:"required",params:{missingProperty: "command"},message:"must have required property '"+"command"+"'"};
if(vErrors === null){
vErrors = [err202];
}
else {
vErrors.push(err202);
}
errors++;
}
for(const key20 in data72){
if(!(((((key20 === "image") || (key20 === "command")) || (key20 === "env")) || (key20 === "timeoutSeconds")) || (key20 === "retries"))){
const err203 = {instancePath:instancePath+"/spec/teardown",schemaPath:"#/properties/spec/properties/teardown/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key20},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err203];
}
else {
vErrors.push(err203);
}
errors++;
}
}
if(data72.image !== undefined){
let data73 = data72.image;
if(typeof data73 === "string"){
if(func2(data73) > 512){
const err204 = {instancePath:instancePath+"/spec/teardown/image",schemaPath:"#/properties/spec/properties/teardown/properties/image/maxLength",keyword:"maxLength",params:{limit: 512},message:"must NOT have more than 512 characters"};
if(vErrors === null){
vErrors = [err204];
}
else {
vErrors.push(err204);
}
errors++;
}
if(func2(data73) < 1){
const err205 = {instancePath:instancePath+"/spec/teardown/image",schemaPath:"#/properties/spec/properties/teardown/properties/image/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err205];
}
else {
vErrors.push(err205);
}
errors++;
}
}
else {
const err206 = {instancePath:instancePath+"/spec/teardown/image",schemaPath:"#/properties/spec/properties/teardown/properties/image/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err206];
}
else {
vErrors.push(err206);
}
errors++;
}
}
if(data72.command !== undefined){
let data74 = data72.command;
if(Array.isArray(data74)){
if(data74.length > 64){
const err207 = {instancePath:instancePath+"/spec/teardown/command",schemaPath:"#/properties/spec/properties/teardown/properties/command/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err207];
}
else {
vErrors.push(err207);
}
errors++;
}
if(data74.length < 1){
const err208 = {instancePath:instancePath+"/spec/teardown/command",schemaPath:"#/properties/spec/properties/teardown/properties/command/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err208];
}
else {
vErrors.push(err208);
}
errors++;
}
const len7 = data74.length;
for(let i8=0; i8<len7; i8++){
let data75 = data74[i8];
if(typeof data75 === "string"){
if(func2(data75) > 16384){
const err209 = {instancePath:instancePath+"/spec/teardown/command/" + i8,schemaPath:"#/properties/spec/properties/teardown/properties/command/items/maxLength",keyword:"maxLength",params:{limit: 16384},message:"must NOT have more than 16384 characters"};
if(vErrors === null){
vErrors = [err209];
}
else {
vErrors.push(err209);
}
errors++;
}
}
else {
const err210 = {instancePath:instancePath+"/spec/teardown/command/" + i8,schemaPath:"#/properties/spec/properties/teardown/properties/command/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err210];
}
else {
vErrors.push(err210);
}
errors++;
}
}
}
else {
const err211 = {instancePath:instancePath+"/spec/teardown/command",schemaPath:"#/properties/spec/properties/teardown/properties/command/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err211];
}
else {
vErrors.push(err211);
}
errors++;
}
}
let data76 = data72.env;
if(Array.isArray(data76)){
if(data76.length > 64){
const err212 = {instancePath:instancePath+"/spec/teardown/env",schemaPath:"#/properties/spec/properties/teardown/properties/env/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err212];
}
else {
vErrors.push(err212);
}
errors++;
}
const len8 = data76.length;
for(let i9=0; i9<len8; i9++){
let data77 = data76[i9];
if(data77 && typeof data77 == "object" && !Array.isArray(data77)){
if(data77.name === undefined){
const err213 = {instancePath:instancePath+"/spec/teardown/env/" + i9,schemaPath:"#/properties/spec/properties/teardown/properties/env/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err213];
}
else {
vErrors.push(err213);
}
errors++;
}
for(const key21 in data77){
if(!(((key21 === "name") || (key21 === "value")) || (key21 === "secret"))){
const err214 = {instancePath:instancePath+"/spec/teardown/env/" + i9,schemaPath:"#/properties/spec/properties/teardown/properties/env/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key21},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err214];
}
else {
vErrors.push(err214);
}
errors++;
}
}
if(data77.name !== undefined){
let data78 = data77.name;
if(typeof data78 === "string"){
if(func2(data78) > 128){
const err215 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/name",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err215];
}
else {
vErrors.push(err215);
}
errors++;
}
if(func2(data78) < 1){
const err216 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/name",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err216];
}
else {
vErrors.push(err216);
}
errors++;
}
if(!pattern8.test(data78)){
const err217 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/name",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/name/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^[A-Za-z_][A-Za-z0-9_]*$"+"\""};
if(vErrors === null){
vErrors = [err217];
}
else {
vErrors.push(err217);
}
errors++;
}
}
else {
const err218 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/name",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err218];
}
else {
vErrors.push(err218);
}
errors++;
}
}
if(data77.value !== undefined){
let data79 = data77.value;
if(typeof data79 === "string"){
if(func2(data79) > 16384){
const err219 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/value",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/value/maxLength",keyword:"maxLength",params:{limit: 16384},message:"must NOT have more than 16384 characters"};
if(vErrors === null){
vErrors = [err219];
}
else {
vErrors.push(err219);
}
errors++;
}
}
else {
const err220 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/value",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/value/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err220];
}
else {
vErrors.push(err220);
}
errors++;
}
}
if(data77.secret !== undefined){
let data80 = data77.secret;
if(data80 && typeof data80 == "object" && !Array.isArray(data80)){
if(data80.name === undefined){
const err221 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err221];
}
else {
vErrors.push(err221);
}
errors++;
}
if(data80.key === undefined){
const err222 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/required",keyword:"required",params:{missingProperty: "key"},message:"must have required property '"+"key"+"'"};
if(vErrors === null){
vErrors = [err222];
}
else {
vErrors.push(err222);
}
errors++;
}
for(const key22 in data80){
if(!((key22 === "name") || (key22 === "key"))){
const err223 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key22},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err223];
}
else {
vErrors.push(err223);
}
errors++;
}
}
if(data80.name !== undefined){
let data81 = data80.name;
if(typeof data81 === "string"){
if(func2(data81) > 253){
const err224 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret/name",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err224];
}
else {
vErrors.push(err224);
}
errors++;
}
if(func2(data81) < 1){
const err225 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret/name",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err225];
}
else {
vErrors.push(err225);
}
errors++;
}
}
else {
const err226 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret/name",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err226];
}
else {
vErrors.push(err226);
}
errors++;
}
}
if(data80.key !== undefined){
let data82 = data80.key;
if(typeof data82 === "string"){
if(func2(data82) > 253){
const err227 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret/key",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/properties/key/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err227];
}
else {
vErrors.push(err227);
}
errors++;
}
if(func2(data82) < 1){
const err228 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret/key",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/properties/key/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err228];
}
else {
vErrors.push(err228);
}
errors++;
}
}
else {
const err229 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret/key",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err229];
}
else {
vErrors.push(err229);
}
errors++;
}
}
}
else {
const err230 = {instancePath:instancePath+"/spec/teardown/env/" + i9+"/secret",schemaPath:"#/properties/spec/properties/teardown/properties/env/items/properties/secret/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err230];
}
else {
vErrors.push(err230);
}
errors++;
}
}
}
else {
const err231 = {instancePath:instancePath+"/spec/teardown/env/" + i9,schemaPath:"#/properties/spec/properties/teardown/properties/env/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err231];
}
else {
vErrors.push(err231);
}
errors++;
}
}
}
else {
const err232 = {instancePath:instancePath+"/spec/teardown/env",schemaPath:"#/properties/spec/properties/teardown/properties/env/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err232];
}
else {
vErrors.push(err232);
}
errors++;
}
let data83 = data72.timeoutSeconds;
if(!(((typeof data83 == "number") && (!(data83 % 1) && !isNaN(data83))) && (isFinite(data83)))){
const err233 = {instancePath:instancePath+"/spec/teardown/timeoutSeconds",schemaPath:"#/properties/spec/properties/teardown/properties/timeoutSeconds/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err233];
}
else {
vErrors.push(err233);
}
errors++;
}
if((typeof data83 == "number") && (isFinite(data83))){
if(data83 > 604800 || isNaN(data83)){
const err234 = {instancePath:instancePath+"/spec/teardown/timeoutSeconds",schemaPath:"#/properties/spec/properties/teardown/properties/timeoutSeconds/maximum",keyword:"maximum",params:{comparison: "<=", limit: 604800},message:"must be <= 604800"};
if(vErrors === null){
vErrors = [err234];
}
else {
vErrors.push(err234);
}
errors++;
}
if(data83 < 1 || isNaN(data83)){
const err235 = {instancePath:instancePath+"/spec/teardown/timeoutSeconds",schemaPath:"#/properties/spec/properties/teardown/properties/timeoutSeconds/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err235];
}
else {
vErrors.push(err235);
}
errors++;
}
}
let data84 = data72.retries;
if(!(((typeof data84 == "number") && (!(data84 % 1) && !isNaN(data84))) && (isFinite(data84)))){
const err236 = {instancePath:instancePath+"/spec/teardown/retries",schemaPath:"#/properties/spec/properties/teardown/properties/retries/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err236];
}
else {
vErrors.push(err236);
}
errors++;
}
if((typeof data84 == "number") && (isFinite(data84))){
if(data84 > 20 || isNaN(data84)){
const err237 = {instancePath:instancePath+"/spec/teardown/retries",schemaPath:"#/properties/spec/properties/teardown/properties/retries/maximum",keyword:"maximum",params:{comparison: "<=", limit: 20},message:"must be <= 20"};
if(vErrors === null){
vErrors = [err237];
}
else {
vErrors.push(err237);
}
errors++;
}
if(data84 < 0 || isNaN(data84)){
const err238 = {instancePath:instancePath+"/spec/teardown/retries",schemaPath:"#/properties/spec/properties/teardown/properties/retries/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err238];
}
else {
vErrors.push(err238);
}
errors++;
}
}
}
else {
const err239 = {instancePath:instancePath+"/spec/teardown",schemaPath:"#/properties/spec/properties/teardown/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err239];
}
else {
vErrors.push(err239);
}
errors++;
}
}
if(data9.deadlineSeconds !== undefined){
let data85 = data9.deadlineSeconds;
if(!(((typeof data85 == "number") && (!(data85 % 1) && !isNaN(data85))) && (isFinite(data85)))){
const err240 = {instancePath:instancePath+"/spec/deadlineSeconds",schemaPath:"#/properties/spec/properties/deadlineSeconds/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err240];
}
else {
vErrors.push(err240);
}
errors++;
}
if((typeof data85 == "number") && (isFinite(data85))){
if(data85 > 2592000 || isNaN(data85)){
const err241 = {instancePath:instancePath+"/spec/deadlineSeconds",schemaPath:"#/properties/spec/properties/deadlineSeconds/maximum",keyword:"maximum",params:{comparison: "<=", limit: 2592000},message:"must be <= 2592000"};
if(vErrors === null){
vErrors = [err241];
}
else {
vErrors.push(err241);
}
errors++;
}
if(data85 < 1 || isNaN(data85)){
const err242 = {instancePath:instancePath+"/spec/deadlineSeconds",schemaPath:"#/properties/spec/properties/deadlineSeconds/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err242];
}
else {
vErrors.push(err242);
}
errors++;
}
}
}
if(data9.ttlSecondsAfterFinished !== undefined){
let data86 = data9.ttlSecondsAfterFinished;
if(!(((typeof data86 == "number") && (!(data86 % 1) && !isNaN(data86))) && (isFinite(data86)))){
const err243 = {instancePath:instancePath+"/spec/ttlSecondsAfterFinished",schemaPath:"#/properties/spec/properties/ttlSecondsAfterFinished/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err243];
}
else {
vErrors.push(err243);
}
errors++;
}
if((typeof data86 == "number") && (isFinite(data86))){
if(data86 > 31536000 || isNaN(data86)){
const err244 = {instancePath:instancePath+"/spec/ttlSecondsAfterFinished",schemaPath:"#/properties/spec/properties/ttlSecondsAfterFinished/maximum",keyword:"maximum",params:{comparison: "<=", limit: 31536000},message:"must be <= 31536000"};
if(vErrors === null){
vErrors = [err244];
}
else {
vErrors.push(err244);
}
errors++;
}
if(data86 < 0 || isNaN(data86)){
const err245 = {instancePath:instancePath+"/spec/ttlSecondsAfterFinished",schemaPath:"#/properties/spec/properties/ttlSecondsAfterFinished/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err245];
}
else {
vErrors.push(err245);
}
errors++;
}
}
}
}
else {
const err246 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err246];
}
else {
vErrors.push(err246);
}
errors++;
}
}
}
else {
const err247 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err247];
}
else {
vErrors.push(err247);
}
errors++;
}
validate10.errors = vErrors;
return errors === 0;
}

export const validateBudgetPolicy = validate11;
const schema12 = {"type":"object","description":"What workloads may spend. All budgets that select a workload apply to it. Amounts are reserved before a call is made and settled after it, so that a limit holds however many calls run at once.","required":["apiVersion","kind","metadata","spec"],"properties":{"apiVersion":{"type":"string","const":"tollgate.dev/v1alpha1"},"kind":{"type":"string","const":"BudgetPolicy"},"metadata":{"type":"object","description":"Name, and what Kubernetes keeps beside it.","required":["name"],"additionalProperties":true,"properties":{"name":{"type":"string","maxLength":253,"pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},"namespace":{"type":"string","maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},"labels":{"type":"object","additionalProperties":{"type":"string"}},"annotations":{"type":"object","additionalProperties":{"type":"string"}}}},"spec":{"type":"object","description":"Limits, rates, and whom they are for.","properties":{"enforce":{"type":"boolean","default":true,"description":"false: everything is judged, recorded and shown, nothing is refused. That is how to start."},"selector":{"type":"object","description":"Which workloads this budget is for. Both parts must match; what is left out matches everything.","properties":{"workloads":{"type":"array","maxItems":64,"description":"Names of workloads; `*` stands for any characters.","items":{"type":"string","minLength":1,"maxLength":253},"uniqueItems":true},"labels":{"type":"object","maxProperties":32,"description":"Labels that the workload must have, with these values.","additionalProperties":{"type":"string","maxLength":63}}},"additionalProperties":false},"timeZone":{"type":"string","default":"UTC","minLength":1,"maxLength":64,"description":"IANA name of the zone in which hours, days and months begin, such as Europe/Berlin. Changing it starts new counts."},"limits":{"type":"array","default":[],"maxItems":32,"description":"What may be spent at most. A limit's count belongs to its name: changing the amount keeps the count, and so does deleting the limit and creating it again.","items":{"type":"object","required":["name","window"],"description":"One limit, in exactly one of usd, tokens and requests.","properties":{"name":{"type":"string","minLength":1,"maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$","description":"Names the limit in refusals, metrics and the audit log."},"per":{"type":"string","enum":["workload","session","runner","namespace","cluster"],"default":"workload","description":"Who shares one count. A session is one invocation; a runner is an AgentRunner with all its phases (in a cluster)."},"window":{"type":"string","enum":["request","hour","day","month","lifetime"],"description":"How long the count lasts. request: each call by itself. hour, day and month follow the calendar of timeZone. lifetime: never reset."},"usd":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,9})?$","minimum":0,"maximum":9000000,"description":"US dollars, at most 9000000; with decimals as a string, such as \"0.50\".","type":["integer","string"]},"tokens":{"type":"integer","minimum":0,"maximum":9000000000000,"description":"Tokens of all kinds, input and output together."},"requests":{"type":"integer","minimum":0,"maximum":9000000000000,"description":"Model calls."},"atLimit":{"type":"string","enum":["deny","warn"],"default":"deny","description":"What happens to a call that does not fit. warn records it and lets it go on."}},"additionalProperties":false}},"rates":{"type":"array","default":[],"maxItems":16,"description":"How fast workloads may call. A call over a rate waits, at most 60 seconds, before it is refused.","items":{"type":"object","required":["name"],"description":"One rate limit; at least one of its numbers is given.","properties":{"name":{"type":"string","minLength":1,"maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$","description":"Names the rate in refusals, metrics and the audit log."},"per":{"type":"string","enum":["workload","session","runner","namespace","cluster"],"default":"workload","description":"Who shares the rate. A runner is an AgentRunner (in a cluster)."},"requestsPerMinute":{"type":"integer","minimum":1,"maximum":1000000,"description":"Calls in any 60 seconds."},"tokensPerMinute":{"type":"integer","minimum":1,"maximum":1000000000000,"description":"Tokens in any 60 seconds; a running call counts with the most that it can use."},"concurrent":{"type":"integer","minimum":1,"maximum":100000,"description":"Calls that run at the same time."}},"additionalProperties":false}},"warnings":{"type":"object","default":{},"description":"Who is told, and when, that a limit is nearly spent: a line in the log, a metric, in a cluster an Event on this policy, and a webhook if one is given. A limit per request has nothing to warn of.","properties":{"at":{"type":"array","default":[50,80,95],"maxItems":10,"description":"Percent of a limit's amount. What calls have spent counts, not what running calls have reserved. Each is told once for each window and each of those who have a count of their own. An empty list warns of nothing.","items":{"type":"integer","minimum":1,"maximum":100},"uniqueItems":true},"webhook":{"type":"object","required":["url"],"description":"Where warnings are sent as CloudEvents, signed as the Standard Webhooks specification has it. One that is not taken is sent again for 24 hours.","properties":{"url":{"type":"string","minLength":8,"maxLength":1024,"pattern":"^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$","description":"What they are POSTed to. http:// is for private addresses only. Redirects are not followed."},"secretEnv":{"type":"string","pattern":"^[A-Za-z_][A-Za-z0-9_]*$","maxLength":128,"default":"TOLLGATE_WEBHOOK_SECRET","description":"Environment variable of Tollgate that holds the signing secret, where it runs without a cluster: 24 to 64 random bytes in base64, with or without whsec_ before them. Nothing is sent without it. The agent never sees it."},"secretRef":{"type":"object","required":["name","key"],"description":"Cluster only. The Secret that holds the signing secret, in Tollgate's namespace. Its label tollgate.dev/webhook has to name the namespace of this policy.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"Cluster only. The Secret's name."},"key":{"type":"string","minLength":1,"maxLength":253,"description":"Cluster only. The key in the Secret's data."}},"additionalProperties":false},"privateAddresses":{"type":"boolean","default":false,"description":"Whether the URL may name a private or loopback address itself, or localhost. A name that resolves to one is refused in any case. In a cluster it counts in policies of Tollgate's namespace alone."}},"additionalProperties":false}},"additionalProperties":false},"minOutputTokens":{"type":"integer","minimum":1,"maximum":1000000,"default":1024,"description":"When less is left than a call may cost, its output cap is lowered to what fits, but never below this; then the call is refused."},"onDisconnect":{"type":"string","enum":["drain","cancel"],"default":"drain","description":"What happens to a running reply when its client goes away. drain: read it to its capped end and charge what it really cost. cancel: break it off and charge the whole reservation."}},"additionalProperties":false},"status":{}},"additionalProperties":false,"$id":"BudgetPolicy"};
const pattern14 = new RegExp("^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,9})?$", "u");
const pattern16 = new RegExp("^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$", "u");

function validate11(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="BudgetPolicy" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.apiVersion === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "apiVersion"},message:"must have required property '"+"apiVersion"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.kind === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kind"},message:"must have required property '"+"kind"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.metadata === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "metadata"},message:"must have required property '"+"metadata"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.spec === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "spec"},message:"must have required property '"+"spec"+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "apiVersion") || (key0 === "kind")) || (key0 === "metadata")) || (key0 === "spec")) || (key0 === "status"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.apiVersion !== undefined){
let data0 = data.apiVersion;
if(typeof data0 !== "string"){
const err5 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if("tollgate.dev/v1alpha1" !== data0){
const err6 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue: "tollgate.dev/v1alpha1"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.kind !== undefined){
let data1 = data.kind;
if(typeof data1 !== "string"){
const err7 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if("BudgetPolicy" !== data1){
const err8 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue: "BudgetPolicy"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.metadata !== undefined){
let data2 = data.metadata;
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.name === undefined){
const err9 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data2.name !== undefined){
let data3 = data2.name;
if(typeof data3 === "string"){
if(func2(data3) > 253){
const err10 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(!pattern0.test(data3)){
const err11 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data2.namespace !== undefined){
let data4 = data2.namespace;
if(typeof data4 === "string"){
if(func2(data4) > 63){
const err13 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(!pattern1.test(data4)){
const err14 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data2.labels !== undefined){
let data5 = data2.labels;
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
for(const key1 in data5){
if(typeof data5[key1] !== "string"){
const err16 = {instancePath:instancePath+"/metadata/labels/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/metadata/properties/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath:instancePath+"/metadata/labels",schemaPath:"#/properties/metadata/properties/labels/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data2.annotations !== undefined){
let data7 = data2.annotations;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key2 in data7){
if(typeof data7[key2] !== "string"){
const err18 = {instancePath:instancePath+"/metadata/annotations/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/metadata/properties/annotations/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/metadata/annotations",schemaPath:"#/properties/metadata/properties/annotations/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
else {
const err20 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.spec !== undefined){
let data9 = data.spec;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
if(data9.enforce === undefined){
data9.enforce = true;
}
if(data9.timeZone === undefined){
data9.timeZone = "UTC";
}
if(data9.limits === undefined){
data9.limits = [];
}
if(data9.rates === undefined){
data9.rates = [];
}
if(data9.warnings === undefined){
data9.warnings = {};
}
if(data9.minOutputTokens === undefined){
data9.minOutputTokens = 1024;
}
if(data9.onDisconnect === undefined){
data9.onDisconnect = "drain";
}
for(const key3 in data9){
if(!((((((((key3 === "enforce") || (key3 === "selector")) || (key3 === "timeZone")) || (key3 === "limits")) || (key3 === "rates")) || (key3 === "warnings")) || (key3 === "minOutputTokens")) || (key3 === "onDisconnect"))){
const err21 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(typeof data9.enforce !== "boolean"){
const err22 = {instancePath:instancePath+"/spec/enforce",schemaPath:"#/properties/spec/properties/enforce/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
if(data9.selector !== undefined){
let data11 = data9.selector;
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
for(const key4 in data11){
if(!((key4 === "workloads") || (key4 === "labels"))){
const err23 = {instancePath:instancePath+"/spec/selector",schemaPath:"#/properties/spec/properties/selector/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data11.workloads !== undefined){
let data12 = data11.workloads;
if(Array.isArray(data12)){
if(data12.length > 64){
const err24 = {instancePath:instancePath+"/spec/selector/workloads",schemaPath:"#/properties/spec/properties/selector/properties/workloads/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
const len0 = data12.length;
for(let i0=0; i0<len0; i0++){
let data13 = data12[i0];
if(typeof data13 === "string"){
if(func2(data13) > 253){
const err25 = {instancePath:instancePath+"/spec/selector/workloads/" + i0,schemaPath:"#/properties/spec/properties/selector/properties/workloads/items/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(func2(data13) < 1){
const err26 = {instancePath:instancePath+"/spec/selector/workloads/" + i0,schemaPath:"#/properties/spec/properties/selector/properties/workloads/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
else {
const err27 = {instancePath:instancePath+"/spec/selector/workloads/" + i0,schemaPath:"#/properties/spec/properties/selector/properties/workloads/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
let i1 = data12.length;
let j0;
if(i1 > 1){
const indices0 = {};
for(;i1--;){
let item0 = data12[i1];
if(typeof item0 !== "string"){
continue;
}
if(typeof indices0[item0] == "number"){
j0 = indices0[item0];
const err28 = {instancePath:instancePath+"/spec/selector/workloads",schemaPath:"#/properties/spec/properties/selector/properties/workloads/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
break;
}
indices0[item0] = i1;
}
}
}
else {
const err29 = {instancePath:instancePath+"/spec/selector/workloads",schemaPath:"#/properties/spec/properties/selector/properties/workloads/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
}
if(data11.labels !== undefined){
let data14 = data11.labels;
if(data14 && typeof data14 == "object" && !Array.isArray(data14)){
if(Object.keys(data14).length > 32){
const err30 = {instancePath:instancePath+"/spec/selector/labels",schemaPath:"#/properties/spec/properties/selector/properties/labels/maxProperties",keyword:"maxProperties",params:{limit: 32},message:"must NOT have more than 32 properties"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
for(const key5 in data14){
let data15 = data14[key5];
if(typeof data15 === "string"){
if(func2(data15) > 63){
const err31 = {instancePath:instancePath+"/spec/selector/labels/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/selector/properties/labels/additionalProperties/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
else {
const err32 = {instancePath:instancePath+"/spec/selector/labels/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/spec/properties/selector/properties/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
}
}
else {
const err33 = {instancePath:instancePath+"/spec/selector/labels",schemaPath:"#/properties/spec/properties/selector/properties/labels/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
}
else {
const err34 = {instancePath:instancePath+"/spec/selector",schemaPath:"#/properties/spec/properties/selector/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
let data16 = data9.timeZone;
if(typeof data16 === "string"){
if(func2(data16) > 64){
const err35 = {instancePath:instancePath+"/spec/timeZone",schemaPath:"#/properties/spec/properties/timeZone/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
if(func2(data16) < 1){
const err36 = {instancePath:instancePath+"/spec/timeZone",schemaPath:"#/properties/spec/properties/timeZone/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
else {
const err37 = {instancePath:instancePath+"/spec/timeZone",schemaPath:"#/properties/spec/properties/timeZone/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
let data17 = data9.limits;
if(Array.isArray(data17)){
if(data17.length > 32){
const err38 = {instancePath:instancePath+"/spec/limits",schemaPath:"#/properties/spec/properties/limits/maxItems",keyword:"maxItems",params:{limit: 32},message:"must NOT have more than 32 items"};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
const len1 = data17.length;
for(let i2=0; i2<len1; i2++){
let data18 = data17[i2];
if(data18 && typeof data18 == "object" && !Array.isArray(data18)){
if(data18.per === undefined){
data18.per = "workload";
}
if(data18.atLimit === undefined){
data18.atLimit = "deny";
}
if(data18.name === undefined){
const err39 = {instancePath:instancePath+"/spec/limits/" + i2,schemaPath:"#/properties/spec/properties/limits/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
if(data18.window === undefined){
const err40 = {instancePath:instancePath+"/spec/limits/" + i2,schemaPath:"#/properties/spec/properties/limits/items/required",keyword:"required",params:{missingProperty: "window"},message:"must have required property '"+"window"+"'"};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
for(const key6 in data18){
if(!(((((((key6 === "name") || (key6 === "per")) || (key6 === "window")) || (key6 === "usd")) || (key6 === "tokens")) || (key6 === "requests")) || (key6 === "atLimit"))){
const err41 = {instancePath:instancePath+"/spec/limits/" + i2,schemaPath:"#/properties/spec/properties/limits/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
}
if(data18.name !== undefined){
let data19 = data18.name;
if(typeof data19 === "string"){
if(func2(data19) > 63){
const err42 = {instancePath:instancePath+"/spec/limits/" + i2+"/name",schemaPath:"#/properties/spec/properties/limits/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
if(func2(data19) < 1){
const err43 = {instancePath:instancePath+"/spec/limits/" + i2+"/name",schemaPath:"#/properties/spec/properties/limits/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
if(!pattern1.test(data19)){
const err44 = {instancePath:instancePath+"/spec/limits/" + i2+"/name",schemaPath:"#/properties/spec/properties/limits/items/properties/name/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
else {
const err45 = {instancePath:instancePath+"/spec/limits/" + i2+"/name",schemaPath:"#/properties/spec/properties/limits/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
let data20 = data18.per;
if(typeof data20 !== "string"){
const err46 = {instancePath:instancePath+"/spec/limits/" + i2+"/per",schemaPath:"#/properties/spec/properties/limits/items/properties/per/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
if(!(((((data20 === "workload") || (data20 === "session")) || (data20 === "runner")) || (data20 === "namespace")) || (data20 === "cluster"))){
const err47 = {instancePath:instancePath+"/spec/limits/" + i2+"/per",schemaPath:"#/properties/spec/properties/limits/items/properties/per/enum",keyword:"enum",params:{allowedValues: schema12.properties.spec.properties.limits.items.properties.per.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
if(data18.window !== undefined){
let data21 = data18.window;
if(typeof data21 !== "string"){
const err48 = {instancePath:instancePath+"/spec/limits/" + i2+"/window",schemaPath:"#/properties/spec/properties/limits/items/properties/window/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
if(!(((((data21 === "request") || (data21 === "hour")) || (data21 === "day")) || (data21 === "month")) || (data21 === "lifetime"))){
const err49 = {instancePath:instancePath+"/spec/limits/" + i2+"/window",schemaPath:"#/properties/spec/properties/limits/items/properties/window/enum",keyword:"enum",params:{allowedValues: schema12.properties.spec.properties.limits.items.properties.window.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
if(data18.usd !== undefined){
let data22 = data18.usd;
if((!(((typeof data22 == "number") && (!(data22 % 1) && !isNaN(data22))) && (isFinite(data22)))) && (typeof data22 !== "string")){
const err50 = {instancePath:instancePath+"/spec/limits/" + i2+"/usd",schemaPath:"#/properties/spec/properties/limits/items/properties/usd/type",keyword:"type",params:{type: schema12.properties.spec.properties.limits.items.properties.usd.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
if((typeof data22 == "number") && (isFinite(data22))){
if(data22 > 9000000 || isNaN(data22)){
const err51 = {instancePath:instancePath+"/spec/limits/" + i2+"/usd",schemaPath:"#/properties/spec/properties/limits/items/properties/usd/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9000000},message:"must be <= 9000000"};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
if(data22 < 0 || isNaN(data22)){
const err52 = {instancePath:instancePath+"/spec/limits/" + i2+"/usd",schemaPath:"#/properties/spec/properties/limits/items/properties/usd/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
if(typeof data22 === "string"){
if(func2(data22) > 18){
const err53 = {instancePath:instancePath+"/spec/limits/" + i2+"/usd",schemaPath:"#/properties/spec/properties/limits/items/properties/usd/maxLength",keyword:"maxLength",params:{limit: 18},message:"must NOT have more than 18 characters"};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
if(!pattern14.test(data22)){
const err54 = {instancePath:instancePath+"/spec/limits/" + i2+"/usd",schemaPath:"#/properties/spec/properties/limits/items/properties/usd/pattern",keyword:"pattern",params:{pattern: "^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,9})?$"},message:"must match pattern \""+"^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,9})?$"+"\""};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
}
if(data18.tokens !== undefined){
let data23 = data18.tokens;
if(!(((typeof data23 == "number") && (!(data23 % 1) && !isNaN(data23))) && (isFinite(data23)))){
const err55 = {instancePath:instancePath+"/spec/limits/" + i2+"/tokens",schemaPath:"#/properties/spec/properties/limits/items/properties/tokens/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
if((typeof data23 == "number") && (isFinite(data23))){
if(data23 > 9000000000000 || isNaN(data23)){
const err56 = {instancePath:instancePath+"/spec/limits/" + i2+"/tokens",schemaPath:"#/properties/spec/properties/limits/items/properties/tokens/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9000000000000},message:"must be <= 9000000000000"};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
if(data23 < 0 || isNaN(data23)){
const err57 = {instancePath:instancePath+"/spec/limits/" + i2+"/tokens",schemaPath:"#/properties/spec/properties/limits/items/properties/tokens/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
}
if(data18.requests !== undefined){
let data24 = data18.requests;
if(!(((typeof data24 == "number") && (!(data24 % 1) && !isNaN(data24))) && (isFinite(data24)))){
const err58 = {instancePath:instancePath+"/spec/limits/" + i2+"/requests",schemaPath:"#/properties/spec/properties/limits/items/properties/requests/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
if((typeof data24 == "number") && (isFinite(data24))){
if(data24 > 9000000000000 || isNaN(data24)){
const err59 = {instancePath:instancePath+"/spec/limits/" + i2+"/requests",schemaPath:"#/properties/spec/properties/limits/items/properties/requests/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9000000000000},message:"must be <= 9000000000000"};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
if(data24 < 0 || isNaN(data24)){
const err60 = {instancePath:instancePath+"/spec/limits/" + i2+"/requests",schemaPath:"#/properties/spec/properties/limits/items/properties/requests/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
}
let data25 = data18.atLimit;
if(typeof data25 !== "string"){
const err61 = {instancePath:instancePath+"/spec/limits/" + i2+"/atLimit",schemaPath:"#/properties/spec/properties/limits/items/properties/atLimit/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
if(!((data25 === "deny") || (data25 === "warn"))){
const err62 = {instancePath:instancePath+"/spec/limits/" + i2+"/atLimit",schemaPath:"#/properties/spec/properties/limits/items/properties/atLimit/enum",keyword:"enum",params:{allowedValues: schema12.properties.spec.properties.limits.items.properties.atLimit.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
}
else {
const err63 = {instancePath:instancePath+"/spec/limits/" + i2,schemaPath:"#/properties/spec/properties/limits/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
}
}
else {
const err64 = {instancePath:instancePath+"/spec/limits",schemaPath:"#/properties/spec/properties/limits/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
let data26 = data9.rates;
if(Array.isArray(data26)){
if(data26.length > 16){
const err65 = {instancePath:instancePath+"/spec/rates",schemaPath:"#/properties/spec/properties/rates/maxItems",keyword:"maxItems",params:{limit: 16},message:"must NOT have more than 16 items"};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
const len2 = data26.length;
for(let i3=0; i3<len2; i3++){
let data27 = data26[i3];
if(data27 && typeof data27 == "object" && !Array.isArray(data27)){
if(data27.per === undefined){
data27.per = "workload";
}
if(data27.name === undefined){
const err66 = {instancePath:instancePath+"/spec/rates/" + i3,schemaPath:"#/properties/spec/properties/rates/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
for(const key7 in data27){
if(!(((((key7 === "name") || (key7 === "per")) || (key7 === "requestsPerMinute")) || (key7 === "tokensPerMinute")) || (key7 === "concurrent"))){
const err67 = {instancePath:instancePath+"/spec/rates/" + i3,schemaPath:"#/properties/spec/properties/rates/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key7},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data27.name !== undefined){
let data28 = data27.name;
if(typeof data28 === "string"){
if(func2(data28) > 63){
const err68 = {instancePath:instancePath+"/spec/rates/" + i3+"/name",schemaPath:"#/properties/spec/properties/rates/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
if(func2(data28) < 1){
const err69 = {instancePath:instancePath+"/spec/rates/" + i3+"/name",schemaPath:"#/properties/spec/properties/rates/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
if(!pattern1.test(data28)){
const err70 = {instancePath:instancePath+"/spec/rates/" + i3+"/name",schemaPath:"#/properties/spec/properties/rates/items/properties/name/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
else {
const err71 = {instancePath:instancePath+"/spec/rates/" + i3+"/name",schemaPath:"#/properties/spec/properties/rates/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
}
let data29 = data27.per;
if(typeof data29 !== "string"){
const err72 = {instancePath:instancePath+"/spec/rates/" + i3+"/per",schemaPath:"#/properties/spec/properties/rates/items/properties/per/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
if(!(((((data29 === "workload") || (data29 === "session")) || (data29 === "runner")) || (data29 === "namespace")) || (data29 === "cluster"))){
const err73 = {instancePath:instancePath+"/spec/rates/" + i3+"/per",schemaPath:"#/properties/spec/properties/rates/items/properties/per/enum",keyword:"enum",params:{allowedValues: schema12.properties.spec.properties.rates.items.properties.per.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
if(data27.requestsPerMinute !== undefined){
let data30 = data27.requestsPerMinute;
if(!(((typeof data30 == "number") && (!(data30 % 1) && !isNaN(data30))) && (isFinite(data30)))){
const err74 = {instancePath:instancePath+"/spec/rates/" + i3+"/requestsPerMinute",schemaPath:"#/properties/spec/properties/rates/items/properties/requestsPerMinute/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
if((typeof data30 == "number") && (isFinite(data30))){
if(data30 > 1000000 || isNaN(data30)){
const err75 = {instancePath:instancePath+"/spec/rates/" + i3+"/requestsPerMinute",schemaPath:"#/properties/spec/properties/rates/items/properties/requestsPerMinute/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000000},message:"must be <= 1000000"};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
if(data30 < 1 || isNaN(data30)){
const err76 = {instancePath:instancePath+"/spec/rates/" + i3+"/requestsPerMinute",schemaPath:"#/properties/spec/properties/rates/items/properties/requestsPerMinute/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
}
}
if(data27.tokensPerMinute !== undefined){
let data31 = data27.tokensPerMinute;
if(!(((typeof data31 == "number") && (!(data31 % 1) && !isNaN(data31))) && (isFinite(data31)))){
const err77 = {instancePath:instancePath+"/spec/rates/" + i3+"/tokensPerMinute",schemaPath:"#/properties/spec/properties/rates/items/properties/tokensPerMinute/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
if((typeof data31 == "number") && (isFinite(data31))){
if(data31 > 1000000000000 || isNaN(data31)){
const err78 = {instancePath:instancePath+"/spec/rates/" + i3+"/tokensPerMinute",schemaPath:"#/properties/spec/properties/rates/items/properties/tokensPerMinute/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000000000000},message:"must be <= 1000000000000"};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
if(data31 < 1 || isNaN(data31)){
const err79 = {instancePath:instancePath+"/spec/rates/" + i3+"/tokensPerMinute",schemaPath:"#/properties/spec/properties/rates/items/properties/tokensPerMinute/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
}
}
if(data27.concurrent !== undefined){
let data32 = data27.concurrent;
if(!(((typeof data32 == "number") && (!(data32 % 1) && !isNaN(data32))) && (isFinite(data32)))){
const err80 = {instancePath:instancePath+"/spec/rates/" + i3+"/concurrent",schemaPath:"#/properties/spec/properties/rates/items/properties/concurrent/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
if((typeof data32 == "number") && (isFinite(data32))){
if(data32 > 100000 || isNaN(data32)){
const err81 = {instancePath:instancePath+"/spec/rates/" + i3+"/concurrent",schemaPath:"#/properties/spec/properties/rates/items/properties/concurrent/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000"};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
if(data32 < 1 || isNaN(data32)){
const err82 = {instancePath:instancePath+"/spec/rates/" + i3+"/concurrent",schemaPath:"#/properties/spec/properties/rates/items/properties/concurrent/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
}
}
else {
const err83 = {instancePath:instancePath+"/spec/rates/" + i3,schemaPath:"#/properties/spec/properties/rates/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
}
}
else {
const err84 = {instancePath:instancePath+"/spec/rates",schemaPath:"#/properties/spec/properties/rates/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
let data33 = data9.warnings;
if(data33 && typeof data33 == "object" && !Array.isArray(data33)){
if(data33.at === undefined){
data33.at = [50,80,95];
}
for(const key8 in data33){
if(!((key8 === "at") || (key8 === "webhook"))){
const err85 = {instancePath:instancePath+"/spec/warnings",schemaPath:"#/properties/spec/properties/warnings/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key8},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
let data34 = data33.at;
if(Array.isArray(data34)){
if(data34.length > 10){
const err86 = {instancePath:instancePath+"/spec/warnings/at",schemaPath:"#/properties/spec/properties/warnings/properties/at/maxItems",keyword:"maxItems",params:{limit: 10},message:"must NOT have more than 10 items"};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
const len3 = data34.length;
for(let i4=0; i4<len3; i4++){
let data35 = data34[i4];
if(!(((typeof data35 == "number") && (!(data35 % 1) && !isNaN(data35))) && (isFinite(data35)))){
const err87 = {instancePath:instancePath+"/spec/warnings/at/" + i4,schemaPath:"#/properties/spec/properties/warnings/properties/at/items/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
if((typeof data35 == "number") && (isFinite(data35))){
if(data35 > 100 || isNaN(data35)){
const err88 = {instancePath:instancePath+"/spec/warnings/at/" + i4,schemaPath:"#/properties/spec/properties/warnings/properties/at/items/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100},message:"must be <= 100"};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
if(data35 < 1 || isNaN(data35)){
const err89 = {instancePath:instancePath+"/spec/warnings/at/" + i4,schemaPath:"#/properties/spec/properties/warnings/properties/at/items/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
}
}
let i5 = data34.length;
let j1;
if(i5 > 1){
const indices1 = {};
for(;i5--;){
let item1 = data34[i5];
if(!(((typeof item1 == "number") && (!(item1 % 1) && !isNaN(item1))) && (isFinite(item1)))){
continue;
}
if(typeof indices1[item1] == "number"){
j1 = indices1[item1];
const err90 = {instancePath:instancePath+"/spec/warnings/at",schemaPath:"#/properties/spec/properties/warnings/properties/at/uniqueItems",keyword:"uniqueItems",params:{i: i5, j: j1},message:"must NOT have duplicate items (items ## "+j1+" and "+i5+" are identical)"};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
break;
}
indices1[item1] = i5;
}
}
}
else {
const err91 = {instancePath:instancePath+"/spec/warnings/at",schemaPath:"#/properties/spec/properties/warnings/properties/at/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
if(data33.webhook !== undefined){
let data36 = data33.webhook;
if(data36 && typeof data36 == "object" && !Array.isArray(data36)){
if(data36.secretEnv === undefined){
data36.secretEnv = "TOLLGATE_WEBHOOK_SECRET";
}
if(data36.privateAddresses === undefined){
data36.privateAddresses = false;
}
if(data36.url === undefined){
const err92 = {instancePath:instancePath+"/spec/warnings/webhook",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/required",keyword:"required",params:{missingProperty: "url"},message:"must have required property '"+"url"+"'"};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
for(const key9 in data36){
if(!((((key9 === "url") || (key9 === "secretEnv")) || (key9 === "secretRef")) || (key9 === "privateAddresses"))){
const err93 = {instancePath:instancePath+"/spec/warnings/webhook",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key9},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
}
if(data36.url !== undefined){
let data37 = data36.url;
if(typeof data37 === "string"){
if(func2(data37) > 1024){
const err94 = {instancePath:instancePath+"/spec/warnings/webhook/url",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/url/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
if(func2(data37) < 8){
const err95 = {instancePath:instancePath+"/spec/warnings/webhook/url",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/url/minLength",keyword:"minLength",params:{limit: 8},message:"must NOT have fewer than 8 characters"};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
if(!pattern16.test(data37)){
const err96 = {instancePath:instancePath+"/spec/warnings/webhook/url",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/url/pattern",keyword:"pattern",params:{pattern: "^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$"},message:"must match pattern \""+"^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$"+"\""};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
}
else {
const err97 = {instancePath:instancePath+"/spec/warnings/webhook/url",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/url/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
}
let data38 = data36.secretEnv;
if(typeof data38 === "string"){
if(func2(data38) > 128){
const err98 = {instancePath:instancePath+"/spec/warnings/webhook/secretEnv",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretEnv/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
}
if(!pattern8.test(data38)){
const err99 = {instancePath:instancePath+"/spec/warnings/webhook/secretEnv",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretEnv/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^[A-Za-z_][A-Za-z0-9_]*$"+"\""};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
}
else {
const err100 = {instancePath:instancePath+"/spec/warnings/webhook/secretEnv",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretEnv/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
if(data36.secretRef !== undefined){
let data39 = data36.secretRef;
if(data39 && typeof data39 == "object" && !Array.isArray(data39)){
if(data39.name === undefined){
const err101 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
if(data39.key === undefined){
const err102 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/required",keyword:"required",params:{missingProperty: "key"},message:"must have required property '"+"key"+"'"};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
}
for(const key10 in data39){
if(!((key10 === "name") || (key10 === "key"))){
const err103 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key10},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
}
}
if(data39.name !== undefined){
let data40 = data39.name;
if(typeof data40 === "string"){
if(func2(data40) > 253){
const err104 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef/name",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
if(func2(data40) < 1){
const err105 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef/name",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
}
else {
const err106 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef/name",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
}
if(data39.key !== undefined){
let data41 = data39.key;
if(typeof data41 === "string"){
if(func2(data41) > 253){
const err107 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef/key",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/properties/key/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
if(func2(data41) < 1){
const err108 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef/key",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/properties/key/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
}
}
else {
const err109 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef/key",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
}
}
else {
const err110 = {instancePath:instancePath+"/spec/warnings/webhook/secretRef",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/secretRef/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
}
if(typeof data36.privateAddresses !== "boolean"){
const err111 = {instancePath:instancePath+"/spec/warnings/webhook/privateAddresses",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/properties/privateAddresses/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
}
else {
const err112 = {instancePath:instancePath+"/spec/warnings/webhook",schemaPath:"#/properties/spec/properties/warnings/properties/webhook/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err112];
}
else {
vErrors.push(err112);
}
errors++;
}
}
}
else {
const err113 = {instancePath:instancePath+"/spec/warnings",schemaPath:"#/properties/spec/properties/warnings/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err113];
}
else {
vErrors.push(err113);
}
errors++;
}
let data43 = data9.minOutputTokens;
if(!(((typeof data43 == "number") && (!(data43 % 1) && !isNaN(data43))) && (isFinite(data43)))){
const err114 = {instancePath:instancePath+"/spec/minOutputTokens",schemaPath:"#/properties/spec/properties/minOutputTokens/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err114];
}
else {
vErrors.push(err114);
}
errors++;
}
if((typeof data43 == "number") && (isFinite(data43))){
if(data43 > 1000000 || isNaN(data43)){
const err115 = {instancePath:instancePath+"/spec/minOutputTokens",schemaPath:"#/properties/spec/properties/minOutputTokens/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000000},message:"must be <= 1000000"};
if(vErrors === null){
vErrors = [err115];
}
else {
vErrors.push(err115);
}
errors++;
}
if(data43 < 1 || isNaN(data43)){
const err116 = {instancePath:instancePath+"/spec/minOutputTokens",schemaPath:"#/properties/spec/properties/minOutputTokens/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err116];
}
else {
vErrors.push(err116);
}
errors++;
}
}
let data44 = data9.onDisconnect;
if(typeof data44 !== "string"){
const err117 = {instancePath:instancePath+"/spec/onDisconnect",schemaPath:"#/properties/spec/properties/onDisconnect/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err117];
}
else {
vErrors.push(err117);
}
errors++;
}
if(!((data44 === "drain") || (data44 === "cancel"))){
const err118 = {instancePath:instancePath+"/spec/onDisconnect",schemaPath:"#/properties/spec/properties/onDisconnect/enum",keyword:"enum",params:{allowedValues: schema12.properties.spec.properties.onDisconnect.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err118];
}
else {
vErrors.push(err118);
}
errors++;
}
}
else {
const err119 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err119];
}
else {
vErrors.push(err119);
}
errors++;
}
}
}
else {
const err120 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err120];
}
else {
vErrors.push(err120);
}
errors++;
}
validate11.errors = vErrors;
return errors === 0;
}

export const validateProvider = validate12;
const schema13 = {"type":"object","description":"Who answers model calls. Cluster-scoped, so that only those who run the cluster decide about hosts, prices and exceptions.","required":["apiVersion","kind","metadata","spec"],"properties":{"apiVersion":{"type":"string","const":"tollgate.dev/v1alpha1"},"kind":{"type":"string","const":"Provider"},"metadata":{"type":"object","description":"Name, and what Kubernetes keeps beside it.","required":["name"],"additionalProperties":true,"properties":{"name":{"type":"string","maxLength":253,"pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},"namespace":{"type":"string","maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},"labels":{"type":"object","additionalProperties":{"type":"string"}},"annotations":{"type":"object","additionalProperties":{"type":"string"}}}},"spec":{"type":"object","required":["url","wires"],"description":"Where the provider is, what it speaks, and what it costs.","properties":{"url":{"type":"string","minLength":8,"maxLength":512,"pattern":"^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~/-]*)?$","description":"Base URL, as an SDK takes it: with a version at its end (https://api.groq.com/openai/v1), or without one, which means /v1 (https://api.anthropic.com). http:// is for private addresses only."},"wires":{"type":"array","minItems":1,"maxItems":8,"description":"The API dialects it speaks.","items":{"type":"string","enum":["anthropic-messages","openai-chat","openai-responses","openai-embeddings"]},"uniqueItems":true},"auth":{"type":"object","default":{},"description":"How Tollgate shows who it is. The agent never sees this credential.","properties":{"type":{"type":"string","enum":["key","none"],"default":"key","description":"key is an API key in the header that the wire names, none is no credential."},"env":{"type":"string","pattern":"^[A-Za-z_][A-Za-z0-9_]*$","maxLength":128,"description":"Environment variable of Tollgate that holds the key, where it runs without a cluster. The default is the one that the wire's own SDK reads, such as ANTHROPIC_API_KEY."},"secretRef":{"type":"object","required":["name","key"],"description":"Cluster only. The Secret that holds the key, in Tollgate's namespace.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"Cluster only. The Secret's name."},"key":{"type":"string","minLength":1,"maxLength":253,"description":"Cluster only. The key in the Secret's data."}},"additionalProperties":false}},"additionalProperties":false},"privateAddresses":{"type":"boolean","default":false,"description":"Whether the host may resolve to a private, loopback, link-local or shared address. Otherwise such an answer is refused."},"proxy":{"type":"string","maxLength":512,"pattern":"^https?://[A-Za-z0-9.\\[\\]:_-]+/?$","description":"HTTP proxy to reach the provider through, by CONNECT. The proxy resolves names then, so that privateAddresses cannot be checked."},"outputCapField":{"type":"string","enum":["max_completion_tokens","max_tokens"],"default":"max_completion_tokens","description":"The field of a chat completion in which this host takes the output cap. Some know only the older max_tokens and would ignore the other; whichever the agent sends, the host gets this one."},"priceList":{"type":"string","minLength":1,"maxLength":64,"description":"Price list of this provider in Tollgate's price table. The default is the manifest's name."},"prices":{"type":"array","default":[],"maxItems":256,"description":"Prices that go before the table's, in US dollars per million tokens; the first match counts.","items":{"type":"object","required":["model","input","output"],"description":"The prices of one model, or of several by a pattern.","properties":{"model":{"type":"string","minLength":1,"maxLength":128,"description":"A model's name; `*` stands for any characters."},"input":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"US dollars per million tokens; with decimals as a string, such as \"3.75\".","type":["integer","string"]},"output":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"US dollars per million tokens.","type":["integer","string"]},"cacheRead":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"Cached input that is read. The default is the price of input.","type":["integer","string"]},"cacheWrite5m":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"Input written to a cache for 5 minutes. The default is 1.25 times the price of input.","type":["integer","string"]},"cacheWrite1h":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"Input written to a cache for an hour. The default is twice the price of input.","type":["integer","string"]},"contextWindow":{"type":"integer","minimum":1,"maximum":100000000,"description":"The most input tokens that the model takes."}},"additionalProperties":false}},"allowedFields":{"type":"array","default":[],"maxItems":64,"description":"Request fields, content parts and tool types that Tollgate does not know and that this provider may receive all the same, as refusals name them.","items":{"type":"string","minLength":1,"maxLength":128},"uniqueItems":true},"allowedBetas":{"type":"array","default":[],"maxItems":64,"description":"Beta headers that Tollgate does not know and that this provider may receive all the same.","items":{"type":"string","minLength":1,"maxLength":128},"uniqueItems":true}},"additionalProperties":false},"status":{}},"additionalProperties":false,"$id":"Provider"};
const pattern20 = new RegExp("^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~/-]*)?$", "u");
const pattern22 = new RegExp("^https?://[A-Za-z0-9.\\[\\]:_-]+/?$", "u");
const pattern23 = new RegExp("^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$", "u");

function validate12(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="Provider" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.apiVersion === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "apiVersion"},message:"must have required property '"+"apiVersion"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.kind === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kind"},message:"must have required property '"+"kind"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.metadata === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "metadata"},message:"must have required property '"+"metadata"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.spec === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "spec"},message:"must have required property '"+"spec"+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "apiVersion") || (key0 === "kind")) || (key0 === "metadata")) || (key0 === "spec")) || (key0 === "status"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.apiVersion !== undefined){
let data0 = data.apiVersion;
if(typeof data0 !== "string"){
const err5 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if("tollgate.dev/v1alpha1" !== data0){
const err6 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue: "tollgate.dev/v1alpha1"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.kind !== undefined){
let data1 = data.kind;
if(typeof data1 !== "string"){
const err7 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if("Provider" !== data1){
const err8 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue: "Provider"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.metadata !== undefined){
let data2 = data.metadata;
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.name === undefined){
const err9 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data2.name !== undefined){
let data3 = data2.name;
if(typeof data3 === "string"){
if(func2(data3) > 253){
const err10 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(!pattern0.test(data3)){
const err11 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data2.namespace !== undefined){
let data4 = data2.namespace;
if(typeof data4 === "string"){
if(func2(data4) > 63){
const err13 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(!pattern1.test(data4)){
const err14 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data2.labels !== undefined){
let data5 = data2.labels;
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
for(const key1 in data5){
if(typeof data5[key1] !== "string"){
const err16 = {instancePath:instancePath+"/metadata/labels/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/metadata/properties/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath:instancePath+"/metadata/labels",schemaPath:"#/properties/metadata/properties/labels/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data2.annotations !== undefined){
let data7 = data2.annotations;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key2 in data7){
if(typeof data7[key2] !== "string"){
const err18 = {instancePath:instancePath+"/metadata/annotations/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/metadata/properties/annotations/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/metadata/annotations",schemaPath:"#/properties/metadata/properties/annotations/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
else {
const err20 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.spec !== undefined){
let data9 = data.spec;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
if(data9.auth === undefined){
data9.auth = {};
}
if(data9.privateAddresses === undefined){
data9.privateAddresses = false;
}
if(data9.outputCapField === undefined){
data9.outputCapField = "max_completion_tokens";
}
if(data9.prices === undefined){
data9.prices = [];
}
if(data9.allowedFields === undefined){
data9.allowedFields = [];
}
if(data9.allowedBetas === undefined){
data9.allowedBetas = [];
}
if(data9.url === undefined){
const err21 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/required",keyword:"required",params:{missingProperty: "url"},message:"must have required property '"+"url"+"'"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
if(data9.wires === undefined){
const err22 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/required",keyword:"required",params:{missingProperty: "wires"},message:"must have required property '"+"wires"+"'"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
for(const key3 in data9){
if(!(func4.call(schema13.properties.spec.properties, key3))){
const err23 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
}
if(data9.url !== undefined){
let data10 = data9.url;
if(typeof data10 === "string"){
if(func2(data10) > 512){
const err24 = {instancePath:instancePath+"/spec/url",schemaPath:"#/properties/spec/properties/url/maxLength",keyword:"maxLength",params:{limit: 512},message:"must NOT have more than 512 characters"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
if(func2(data10) < 8){
const err25 = {instancePath:instancePath+"/spec/url",schemaPath:"#/properties/spec/properties/url/minLength",keyword:"minLength",params:{limit: 8},message:"must NOT have fewer than 8 characters"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
if(!pattern20.test(data10)){
const err26 = {instancePath:instancePath+"/spec/url",schemaPath:"#/properties/spec/properties/url/pattern",keyword:"pattern",params:{pattern: "^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~/-]*)?$"},message:"must match pattern \""+"^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~/-]*)?$"+"\""};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
}
else {
const err27 = {instancePath:instancePath+"/spec/url",schemaPath:"#/properties/spec/properties/url/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
}
if(data9.wires !== undefined){
let data11 = data9.wires;
if(Array.isArray(data11)){
if(data11.length > 8){
const err28 = {instancePath:instancePath+"/spec/wires",schemaPath:"#/properties/spec/properties/wires/maxItems",keyword:"maxItems",params:{limit: 8},message:"must NOT have more than 8 items"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
if(data11.length < 1){
const err29 = {instancePath:instancePath+"/spec/wires",schemaPath:"#/properties/spec/properties/wires/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
}
const len0 = data11.length;
for(let i0=0; i0<len0; i0++){
let data12 = data11[i0];
if(typeof data12 !== "string"){
const err30 = {instancePath:instancePath+"/spec/wires/" + i0,schemaPath:"#/properties/spec/properties/wires/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
if(!((((data12 === "anthropic-messages") || (data12 === "openai-chat")) || (data12 === "openai-responses")) || (data12 === "openai-embeddings"))){
const err31 = {instancePath:instancePath+"/spec/wires/" + i0,schemaPath:"#/properties/spec/properties/wires/items/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.wires.items.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
}
let i1 = data11.length;
let j0;
if(i1 > 1){
const indices0 = {};
for(;i1--;){
let item0 = data11[i1];
if(typeof item0 !== "string"){
continue;
}
if(typeof indices0[item0] == "number"){
j0 = indices0[item0];
const err32 = {instancePath:instancePath+"/spec/wires",schemaPath:"#/properties/spec/properties/wires/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)"};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
break;
}
indices0[item0] = i1;
}
}
}
else {
const err33 = {instancePath:instancePath+"/spec/wires",schemaPath:"#/properties/spec/properties/wires/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
let data13 = data9.auth;
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(data13.type === undefined){
data13.type = "key";
}
for(const key4 in data13){
if(!(((key4 === "type") || (key4 === "env")) || (key4 === "secretRef"))){
const err34 = {instancePath:instancePath+"/spec/auth",schemaPath:"#/properties/spec/properties/auth/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
}
let data14 = data13.type;
if(typeof data14 !== "string"){
const err35 = {instancePath:instancePath+"/spec/auth/type",schemaPath:"#/properties/spec/properties/auth/properties/type/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
if(!((data14 === "key") || (data14 === "none"))){
const err36 = {instancePath:instancePath+"/spec/auth/type",schemaPath:"#/properties/spec/properties/auth/properties/type/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.auth.properties.type.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
if(data13.env !== undefined){
let data15 = data13.env;
if(typeof data15 === "string"){
if(func2(data15) > 128){
const err37 = {instancePath:instancePath+"/spec/auth/env",schemaPath:"#/properties/spec/properties/auth/properties/env/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
if(!pattern8.test(data15)){
const err38 = {instancePath:instancePath+"/spec/auth/env",schemaPath:"#/properties/spec/properties/auth/properties/env/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z_][A-Za-z0-9_]*$"},message:"must match pattern \""+"^[A-Za-z_][A-Za-z0-9_]*$"+"\""};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
else {
const err39 = {instancePath:instancePath+"/spec/auth/env",schemaPath:"#/properties/spec/properties/auth/properties/env/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
if(data13.secretRef !== undefined){
let data16 = data13.secretRef;
if(data16 && typeof data16 == "object" && !Array.isArray(data16)){
if(data16.name === undefined){
const err40 = {instancePath:instancePath+"/spec/auth/secretRef",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
if(data16.key === undefined){
const err41 = {instancePath:instancePath+"/spec/auth/secretRef",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/required",keyword:"required",params:{missingProperty: "key"},message:"must have required property '"+"key"+"'"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
for(const key5 in data16){
if(!((key5 === "name") || (key5 === "key"))){
const err42 = {instancePath:instancePath+"/spec/auth/secretRef",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key5},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
}
if(data16.name !== undefined){
let data17 = data16.name;
if(typeof data17 === "string"){
if(func2(data17) > 253){
const err43 = {instancePath:instancePath+"/spec/auth/secretRef/name",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
if(func2(data17) < 1){
const err44 = {instancePath:instancePath+"/spec/auth/secretRef/name",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
else {
const err45 = {instancePath:instancePath+"/spec/auth/secretRef/name",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
}
if(data16.key !== undefined){
let data18 = data16.key;
if(typeof data18 === "string"){
if(func2(data18) > 253){
const err46 = {instancePath:instancePath+"/spec/auth/secretRef/key",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/properties/key/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
if(func2(data18) < 1){
const err47 = {instancePath:instancePath+"/spec/auth/secretRef/key",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/properties/key/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
else {
const err48 = {instancePath:instancePath+"/spec/auth/secretRef/key",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
}
}
else {
const err49 = {instancePath:instancePath+"/spec/auth/secretRef",schemaPath:"#/properties/spec/properties/auth/properties/secretRef/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
}
else {
const err50 = {instancePath:instancePath+"/spec/auth",schemaPath:"#/properties/spec/properties/auth/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
if(typeof data9.privateAddresses !== "boolean"){
const err51 = {instancePath:instancePath+"/spec/privateAddresses",schemaPath:"#/properties/spec/properties/privateAddresses/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
if(data9.proxy !== undefined){
let data20 = data9.proxy;
if(typeof data20 === "string"){
if(func2(data20) > 512){
const err52 = {instancePath:instancePath+"/spec/proxy",schemaPath:"#/properties/spec/properties/proxy/maxLength",keyword:"maxLength",params:{limit: 512},message:"must NOT have more than 512 characters"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
if(!pattern22.test(data20)){
const err53 = {instancePath:instancePath+"/spec/proxy",schemaPath:"#/properties/spec/properties/proxy/pattern",keyword:"pattern",params:{pattern: "^https?://[A-Za-z0-9.\\[\\]:_-]+/?$"},message:"must match pattern \""+"^https?://[A-Za-z0-9.\\[\\]:_-]+/?$"+"\""};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
else {
const err54 = {instancePath:instancePath+"/spec/proxy",schemaPath:"#/properties/spec/properties/proxy/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
let data21 = data9.outputCapField;
if(typeof data21 !== "string"){
const err55 = {instancePath:instancePath+"/spec/outputCapField",schemaPath:"#/properties/spec/properties/outputCapField/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
if(!((data21 === "max_completion_tokens") || (data21 === "max_tokens"))){
const err56 = {instancePath:instancePath+"/spec/outputCapField",schemaPath:"#/properties/spec/properties/outputCapField/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.outputCapField.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
if(data9.priceList !== undefined){
let data22 = data9.priceList;
if(typeof data22 === "string"){
if(func2(data22) > 64){
const err57 = {instancePath:instancePath+"/spec/priceList",schemaPath:"#/properties/spec/properties/priceList/maxLength",keyword:"maxLength",params:{limit: 64},message:"must NOT have more than 64 characters"};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
if(func2(data22) < 1){
const err58 = {instancePath:instancePath+"/spec/priceList",schemaPath:"#/properties/spec/properties/priceList/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
}
else {
const err59 = {instancePath:instancePath+"/spec/priceList",schemaPath:"#/properties/spec/properties/priceList/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
}
let data23 = data9.prices;
if(Array.isArray(data23)){
if(data23.length > 256){
const err60 = {instancePath:instancePath+"/spec/prices",schemaPath:"#/properties/spec/properties/prices/maxItems",keyword:"maxItems",params:{limit: 256},message:"must NOT have more than 256 items"};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
const len1 = data23.length;
for(let i2=0; i2<len1; i2++){
let data24 = data23[i2];
if(data24 && typeof data24 == "object" && !Array.isArray(data24)){
if(data24.model === undefined){
const err61 = {instancePath:instancePath+"/spec/prices/" + i2,schemaPath:"#/properties/spec/properties/prices/items/required",keyword:"required",params:{missingProperty: "model"},message:"must have required property '"+"model"+"'"};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
if(data24.input === undefined){
const err62 = {instancePath:instancePath+"/spec/prices/" + i2,schemaPath:"#/properties/spec/properties/prices/items/required",keyword:"required",params:{missingProperty: "input"},message:"must have required property '"+"input"+"'"};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
}
if(data24.output === undefined){
const err63 = {instancePath:instancePath+"/spec/prices/" + i2,schemaPath:"#/properties/spec/properties/prices/items/required",keyword:"required",params:{missingProperty: "output"},message:"must have required property '"+"output"+"'"};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
for(const key6 in data24){
if(!(((((((key6 === "model") || (key6 === "input")) || (key6 === "output")) || (key6 === "cacheRead")) || (key6 === "cacheWrite5m")) || (key6 === "cacheWrite1h")) || (key6 === "contextWindow"))){
const err64 = {instancePath:instancePath+"/spec/prices/" + i2,schemaPath:"#/properties/spec/properties/prices/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
}
if(data24.model !== undefined){
let data25 = data24.model;
if(typeof data25 === "string"){
if(func2(data25) > 128){
const err65 = {instancePath:instancePath+"/spec/prices/" + i2+"/model",schemaPath:"#/properties/spec/properties/prices/items/properties/model/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
if(func2(data25) < 1){
const err66 = {instancePath:instancePath+"/spec/prices/" + i2+"/model",schemaPath:"#/properties/spec/properties/prices/items/properties/model/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
}
else {
const err67 = {instancePath:instancePath+"/spec/prices/" + i2+"/model",schemaPath:"#/properties/spec/properties/prices/items/properties/model/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data24.input !== undefined){
let data26 = data24.input;
if((!(((typeof data26 == "number") && (!(data26 % 1) && !isNaN(data26))) && (isFinite(data26)))) && (typeof data26 !== "string")){
const err68 = {instancePath:instancePath+"/spec/prices/" + i2+"/input",schemaPath:"#/properties/spec/properties/prices/items/properties/input/type",keyword:"type",params:{type: schema13.properties.spec.properties.prices.items.properties.input.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
if((typeof data26 == "number") && (isFinite(data26))){
if(data26 > 100000 || isNaN(data26)){
const err69 = {instancePath:instancePath+"/spec/prices/" + i2+"/input",schemaPath:"#/properties/spec/properties/prices/items/properties/input/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000"};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
if(data26 < 0 || isNaN(data26)){
const err70 = {instancePath:instancePath+"/spec/prices/" + i2+"/input",schemaPath:"#/properties/spec/properties/prices/items/properties/input/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
if(typeof data26 === "string"){
if(func2(data26) > 18){
const err71 = {instancePath:instancePath+"/spec/prices/" + i2+"/input",schemaPath:"#/properties/spec/properties/prices/items/properties/input/maxLength",keyword:"maxLength",params:{limit: 18},message:"must NOT have more than 18 characters"};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
if(!pattern23.test(data26)){
const err72 = {instancePath:instancePath+"/spec/prices/" + i2+"/input",schemaPath:"#/properties/spec/properties/prices/items/properties/input/pattern",keyword:"pattern",params:{pattern: "^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"},message:"must match pattern \""+"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"+"\""};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
}
if(data24.output !== undefined){
let data27 = data24.output;
if((!(((typeof data27 == "number") && (!(data27 % 1) && !isNaN(data27))) && (isFinite(data27)))) && (typeof data27 !== "string")){
const err73 = {instancePath:instancePath+"/spec/prices/" + i2+"/output",schemaPath:"#/properties/spec/properties/prices/items/properties/output/type",keyword:"type",params:{type: schema13.properties.spec.properties.prices.items.properties.output.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
if((typeof data27 == "number") && (isFinite(data27))){
if(data27 > 100000 || isNaN(data27)){
const err74 = {instancePath:instancePath+"/spec/prices/" + i2+"/output",schemaPath:"#/properties/spec/properties/prices/items/properties/output/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000"};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
if(data27 < 0 || isNaN(data27)){
const err75 = {instancePath:instancePath+"/spec/prices/" + i2+"/output",schemaPath:"#/properties/spec/properties/prices/items/properties/output/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
}
if(typeof data27 === "string"){
if(func2(data27) > 18){
const err76 = {instancePath:instancePath+"/spec/prices/" + i2+"/output",schemaPath:"#/properties/spec/properties/prices/items/properties/output/maxLength",keyword:"maxLength",params:{limit: 18},message:"must NOT have more than 18 characters"};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
if(!pattern23.test(data27)){
const err77 = {instancePath:instancePath+"/spec/prices/" + i2+"/output",schemaPath:"#/properties/spec/properties/prices/items/properties/output/pattern",keyword:"pattern",params:{pattern: "^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"},message:"must match pattern \""+"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"+"\""};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
}
}
if(data24.cacheRead !== undefined){
let data28 = data24.cacheRead;
if((!(((typeof data28 == "number") && (!(data28 % 1) && !isNaN(data28))) && (isFinite(data28)))) && (typeof data28 !== "string")){
const err78 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheRead",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheRead/type",keyword:"type",params:{type: schema13.properties.spec.properties.prices.items.properties.cacheRead.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
if((typeof data28 == "number") && (isFinite(data28))){
if(data28 > 100000 || isNaN(data28)){
const err79 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheRead",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheRead/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000"};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
if(data28 < 0 || isNaN(data28)){
const err80 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheRead",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheRead/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
}
if(typeof data28 === "string"){
if(func2(data28) > 18){
const err81 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheRead",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheRead/maxLength",keyword:"maxLength",params:{limit: 18},message:"must NOT have more than 18 characters"};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
if(!pattern23.test(data28)){
const err82 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheRead",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheRead/pattern",keyword:"pattern",params:{pattern: "^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"},message:"must match pattern \""+"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"+"\""};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
}
if(data24.cacheWrite5m !== undefined){
let data29 = data24.cacheWrite5m;
if((!(((typeof data29 == "number") && (!(data29 % 1) && !isNaN(data29))) && (isFinite(data29)))) && (typeof data29 !== "string")){
const err83 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite5m",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite5m/type",keyword:"type",params:{type: schema13.properties.spec.properties.prices.items.properties.cacheWrite5m.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
if((typeof data29 == "number") && (isFinite(data29))){
if(data29 > 100000 || isNaN(data29)){
const err84 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite5m",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite5m/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000"};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
if(data29 < 0 || isNaN(data29)){
const err85 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite5m",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite5m/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
if(typeof data29 === "string"){
if(func2(data29) > 18){
const err86 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite5m",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite5m/maxLength",keyword:"maxLength",params:{limit: 18},message:"must NOT have more than 18 characters"};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
if(!pattern23.test(data29)){
const err87 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite5m",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite5m/pattern",keyword:"pattern",params:{pattern: "^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"},message:"must match pattern \""+"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"+"\""};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
}
}
if(data24.cacheWrite1h !== undefined){
let data30 = data24.cacheWrite1h;
if((!(((typeof data30 == "number") && (!(data30 % 1) && !isNaN(data30))) && (isFinite(data30)))) && (typeof data30 !== "string")){
const err88 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite1h",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite1h/type",keyword:"type",params:{type: schema13.properties.spec.properties.prices.items.properties.cacheWrite1h.type},message:"must be integer,string"};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
if((typeof data30 == "number") && (isFinite(data30))){
if(data30 > 100000 || isNaN(data30)){
const err89 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite1h",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite1h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000"};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
if(data30 < 0 || isNaN(data30)){
const err90 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite1h",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite1h/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
}
}
if(typeof data30 === "string"){
if(func2(data30) > 18){
const err91 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite1h",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite1h/maxLength",keyword:"maxLength",params:{limit: 18},message:"must NOT have more than 18 characters"};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
if(!pattern23.test(data30)){
const err92 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite1h",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite1h/pattern",keyword:"pattern",params:{pattern: "^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"},message:"must match pattern \""+"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$"+"\""};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
}
}
if(data24.contextWindow !== undefined){
let data31 = data24.contextWindow;
if(!(((typeof data31 == "number") && (!(data31 % 1) && !isNaN(data31))) && (isFinite(data31)))){
const err93 = {instancePath:instancePath+"/spec/prices/" + i2+"/contextWindow",schemaPath:"#/properties/spec/properties/prices/items/properties/contextWindow/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
if((typeof data31 == "number") && (isFinite(data31))){
if(data31 > 100000000 || isNaN(data31)){
const err94 = {instancePath:instancePath+"/spec/prices/" + i2+"/contextWindow",schemaPath:"#/properties/spec/properties/prices/items/properties/contextWindow/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000000},message:"must be <= 100000000"};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
if(data31 < 1 || isNaN(data31)){
const err95 = {instancePath:instancePath+"/spec/prices/" + i2+"/contextWindow",schemaPath:"#/properties/spec/properties/prices/items/properties/contextWindow/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
}
}
}
else {
const err96 = {instancePath:instancePath+"/spec/prices/" + i2,schemaPath:"#/properties/spec/properties/prices/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
}
}
else {
const err97 = {instancePath:instancePath+"/spec/prices",schemaPath:"#/properties/spec/properties/prices/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
let data32 = data9.allowedFields;
if(Array.isArray(data32)){
if(data32.length > 64){
const err98 = {instancePath:instancePath+"/spec/allowedFields",schemaPath:"#/properties/spec/properties/allowedFields/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
}
const len2 = data32.length;
for(let i3=0; i3<len2; i3++){
let data33 = data32[i3];
if(typeof data33 === "string"){
if(func2(data33) > 128){
const err99 = {instancePath:instancePath+"/spec/allowedFields/" + i3,schemaPath:"#/properties/spec/properties/allowedFields/items/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
if(func2(data33) < 1){
const err100 = {instancePath:instancePath+"/spec/allowedFields/" + i3,schemaPath:"#/properties/spec/properties/allowedFields/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
}
else {
const err101 = {instancePath:instancePath+"/spec/allowedFields/" + i3,schemaPath:"#/properties/spec/properties/allowedFields/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
}
let i4 = data32.length;
let j1;
if(i4 > 1){
const indices1 = {};
for(;i4--;){
let item1 = data32[i4];
if(typeof item1 !== "string"){
continue;
}
if(typeof indices1[item1] == "number"){
j1 = indices1[item1];
const err102 = {instancePath:instancePath+"/spec/allowedFields",schemaPath:"#/properties/spec/properties/allowedFields/uniqueItems",keyword:"uniqueItems",params:{i: i4, j: j1},message:"must NOT have duplicate items (items ## "+j1+" and "+i4+" are identical)"};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
break;
}
indices1[item1] = i4;
}
}
}
else {
const err103 = {instancePath:instancePath+"/spec/allowedFields",schemaPath:"#/properties/spec/properties/allowedFields/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
}
let data34 = data9.allowedBetas;
if(Array.isArray(data34)){
if(data34.length > 64){
const err104 = {instancePath:instancePath+"/spec/allowedBetas",schemaPath:"#/properties/spec/properties/allowedBetas/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
const len3 = data34.length;
for(let i5=0; i5<len3; i5++){
let data35 = data34[i5];
if(typeof data35 === "string"){
if(func2(data35) > 128){
const err105 = {instancePath:instancePath+"/spec/allowedBetas/" + i5,schemaPath:"#/properties/spec/properties/allowedBetas/items/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
if(func2(data35) < 1){
const err106 = {instancePath:instancePath+"/spec/allowedBetas/" + i5,schemaPath:"#/properties/spec/properties/allowedBetas/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
}
else {
const err107 = {instancePath:instancePath+"/spec/allowedBetas/" + i5,schemaPath:"#/properties/spec/properties/allowedBetas/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
}
let i6 = data34.length;
let j2;
if(i6 > 1){
const indices2 = {};
for(;i6--;){
let item2 = data34[i6];
if(typeof item2 !== "string"){
continue;
}
if(typeof indices2[item2] == "number"){
j2 = indices2[item2];
const err108 = {instancePath:instancePath+"/spec/allowedBetas",schemaPath:"#/properties/spec/properties/allowedBetas/uniqueItems",keyword:"uniqueItems",params:{i: i6, j: j2},message:"must NOT have duplicate items (items ## "+j2+" and "+i6+" are identical)"};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
break;
}
indices2[item2] = i6;
}
}
}
else {
const err109 = {instancePath:instancePath+"/spec/allowedBetas",schemaPath:"#/properties/spec/properties/allowedBetas/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
}
else {
const err110 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
}
}
else {
const err111 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
validate12.errors = vErrors;
return errors === 0;
}

export const validateToolProfile = validate13;
const schema14 = {"type":"object","description":"What an agent may do: which tools and models it may call, and how. The tier sets the defaults; a field that is given replaces the tier's.","required":["apiVersion","kind","metadata","spec"],"properties":{"apiVersion":{"type":"string","const":"tollgate.dev/v1alpha1"},"kind":{"type":"string","const":"ToolProfile"},"metadata":{"type":"object","description":"Name, and what Kubernetes keeps beside it.","required":["name"],"additionalProperties":true,"properties":{"name":{"type":"string","maxLength":253,"pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},"namespace":{"type":"string","maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},"labels":{"type":"object","additionalProperties":{"type":"string"}},"annotations":{"type":"object","additionalProperties":{"type":"string"}}}},"spec":{"type":"object","description":"The tier, and what differs from it.","properties":{"enforce":{"type":"boolean","default":true,"description":"false: everything is judged, recorded and shown, nothing is refused. That is how to start."},"tier":{"type":"string","enum":["locked","web_automation","full_vm_tools"],"default":"locked","description":"Defaults for all the rest. locked: read, think, answer. web_automation: drive web pages and APIs. full_vm_tools: engineer in a disposable machine."},"tools":{"type":"object","default":{},"description":"Which tool calls of a model reach the agent. A call is refused when an entry of deny matches it; else it is allowed when its class is listed or an entry of allow matches it; else it is refused.","properties":{"classes":{"type":"array","maxItems":6,"description":"Classes of tools that are allowed. Tools of unknown class are allowed only by an entry of allow.","items":{"type":"string","enum":["read","search","browse","write","shell","install"]},"uniqueItems":true},"allow":{"type":"array","maxItems":256,"default":[],"description":"Tools that are allowed by name, whatever their class.","items":{"type":"object","required":["name"],"description":"One tool, or several by a pattern.","properties":{"name":{"type":"string","minLength":1,"maxLength":256,"description":"A tool's name; `*` stands for any characters."},"when":{"type":"string","minLength":1,"maxLength":1024,"description":"CEL condition on the call (args, tool, class, workload, labels). A condition that fails to evaluate does not allow."}},"additionalProperties":false}},"deny":{"type":"array","default":[],"maxItems":256,"description":"Tools that are refused, before allow and classes are looked at.","items":{"type":"object","required":["name"],"description":"One tool, or several by a pattern.","properties":{"name":{"type":"string","minLength":1,"maxLength":256,"description":"A tool's name; `*` stands for any characters."},"when":{"type":"string","minLength":1,"maxLength":1024,"description":"CEL condition on the call (args, tool, class, workload, labels). A condition that fails to evaluate denies."},"reason":{"type":"string","minLength":1,"maxLength":256,"description":"A sentence shown to the agent and its user."}},"additionalProperties":false}}},"additionalProperties":false},"models":{"type":"object","default":{},"description":"Which models may be called, under which names, and who answers.","properties":{"allow":{"type":"array","maxItems":128,"description":"Names of models as the provider sees them; `*` stands for any characters. The default is all.","items":{"type":"string","minLength":1,"maxLength":128},"uniqueItems":true},"aliases":{"type":"array","default":[],"maxItems":64,"description":"Names that stand for a model. They are resolved before anything is judged.","items":{"type":"object","required":["name","model"],"description":"One alias.","properties":{"name":{"type":"string","minLength":1,"maxLength":128,"description":"What the agent asks for."},"model":{"type":"string","minLength":1,"maxLength":128,"description":"What the provider is asked for."}},"additionalProperties":false}},"routes":{"type":"array","default":[],"maxItems":64,"description":"Which Provider answers for a model; the first match counts. A model without a route goes to the only Provider of its wire.","items":{"type":"object","required":["model","provider"],"description":"One route.","properties":{"model":{"type":"string","minLength":1,"maxLength":128,"description":"A model's name; `*` stands for any characters."},"provider":{"type":"string","minLength":1,"maxLength":253,"description":"Name of a Provider."}},"additionalProperties":false}},"fallbacks":{"type":"array","default":[],"maxItems":32,"description":"Models to try in order when a provider does not answer or answers 429, 500, 502, 503, 504 or 529 before a body; the first match counts. Each attempt is judged and paid for by itself.","items":{"type":"object","required":["model","to"],"description":"The fallbacks of one model, or of several by a pattern.","properties":{"model":{"type":"string","minLength":1,"maxLength":128,"description":"A model's name; `*` stands for any characters."},"to":{"type":"array","minItems":1,"maxItems":4,"description":"Models to try, in order.","items":{"type":"string","minLength":1,"maxLength":128}}},"additionalProperties":false}},"maxOutputTokens":{"type":"integer","minimum":1,"maximum":1000000,"description":"The most output tokens of one call. A request that asks for more gets this cap."},"defaultOutputTokens":{"type":"integer","minimum":1,"maximum":1000000,"default":16384,"description":"The output cap of a request that names none."}},"additionalProperties":false},"unknownFields":{"type":"string","enum":["refuse","record"],"description":"What happens to a request with a field, content part or tool type that Tollgate does not know. record lets it pass where no limit in USD applies: what is unknown cannot be bounded. The default is record in tier full_vm_tools, refuse in the others."},"unknownBetas":{"type":"string","enum":["remove","refuse"],"default":"remove","description":"What happens to beta headers that Tollgate does not know. remove takes them out and records it."},"audit":{"type":"object","default":{},"description":"What the audit log keeps of an exchange.","properties":{"content":{"type":"string","enum":["none","full"],"default":"none","description":"none: facts only. full: also the messages and replies, encrypted with a key of the session."}},"additionalProperties":false},"network":{"type":"object","description":"Cluster only. What each phase of a run may reach on the network, beside Tollgate itself.","properties":{"setup":{"type":"object","description":"Cluster only. Before the agent runs. The default is allowlist.","properties":{"access":{"type":"string","enum":["full","allowlist","local"],"description":"Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod."},"hosts":{"type":"array","maxItems":256,"description":"Cluster only. Hosts for allowlist, at port 443 or the one behind `:`; `*.` at the start stands for one label or more. Under full they are ports other than 443.","items":{"type":"string","minLength":1,"maxLength":253,"pattern":"^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"},"uniqueItems":true}},"additionalProperties":false},"work":{"type":"object","description":"Cluster only. While the agent runs. The default is local in tier locked, allowlist in the others.","properties":{"access":{"type":"string","enum":["full","allowlist","local"],"description":"Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod."},"hosts":{"type":"array","maxItems":256,"description":"Cluster only. Hosts for allowlist, at port 443 or the one behind `:`; `*.` at the start stands for one label or more. Under full they are ports other than 443.","items":{"type":"string","minLength":1,"maxLength":253,"pattern":"^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"},"uniqueItems":true}},"additionalProperties":false},"teardown":{"type":"object","description":"Cluster only. After the agent ran. The default is allowlist.","properties":{"access":{"type":"string","enum":["full","allowlist","local"],"description":"Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod."},"hosts":{"type":"array","maxItems":256,"description":"Cluster only. Hosts for allowlist, at port 443 or the one behind `:`; `*.` at the start stands for one label or more. Under full they are ports other than 443.","items":{"type":"string","minLength":1,"maxLength":253,"pattern":"^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"},"uniqueItems":true}},"additionalProperties":false}},"additionalProperties":false}},"additionalProperties":false},"status":{}},"additionalProperties":false,"$id":"ToolProfile"};
const pattern30 = new RegExp("^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$", "u");

function validate13(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="ToolProfile" */;
let vErrors = null;
let errors = 0;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.apiVersion === undefined){
const err0 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "apiVersion"},message:"must have required property '"+"apiVersion"+"'"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(data.kind === undefined){
const err1 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "kind"},message:"must have required property '"+"kind"+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
if(data.metadata === undefined){
const err2 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "metadata"},message:"must have required property '"+"metadata"+"'"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
if(data.spec === undefined){
const err3 = {instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: "spec"},message:"must have required property '"+"spec"+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
for(const key0 in data){
if(!(((((key0 === "apiVersion") || (key0 === "kind")) || (key0 === "metadata")) || (key0 === "spec")) || (key0 === "status"))){
const err4 = {instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
}
if(data.apiVersion !== undefined){
let data0 = data.apiVersion;
if(typeof data0 !== "string"){
const err5 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if("tollgate.dev/v1alpha1" !== data0){
const err6 = {instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue: "tollgate.dev/v1alpha1"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
if(data.kind !== undefined){
let data1 = data.kind;
if(typeof data1 !== "string"){
const err7 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
if("ToolProfile" !== data1){
const err8 = {instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue: "ToolProfile"},message:"must be equal to constant"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
if(data.metadata !== undefined){
let data2 = data.metadata;
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.name === undefined){
const err9 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
if(data2.name !== undefined){
let data3 = data2.name;
if(typeof data3 === "string"){
if(func2(data3) > 253){
const err10 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
if(!pattern0.test(data3)){
const err11 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
}
else {
const err12 = {instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
if(data2.namespace !== undefined){
let data4 = data2.namespace;
if(typeof data4 === "string"){
if(func2(data4) > 63){
const err13 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/maxLength",keyword:"maxLength",params:{limit: 63},message:"must NOT have more than 63 characters"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
if(!pattern1.test(data4)){
const err14 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/pattern",keyword:"pattern",params:{pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},message:"must match pattern \""+"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"+"\""};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
else {
const err15 = {instancePath:instancePath+"/metadata/namespace",schemaPath:"#/properties/metadata/properties/namespace/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
}
if(data2.labels !== undefined){
let data5 = data2.labels;
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
for(const key1 in data5){
if(typeof data5[key1] !== "string"){
const err16 = {instancePath:instancePath+"/metadata/labels/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/metadata/properties/labels/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
}
}
else {
const err17 = {instancePath:instancePath+"/metadata/labels",schemaPath:"#/properties/metadata/properties/labels/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
}
if(data2.annotations !== undefined){
let data7 = data2.annotations;
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key2 in data7){
if(typeof data7[key2] !== "string"){
const err18 = {instancePath:instancePath+"/metadata/annotations/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/metadata/properties/annotations/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
}
}
else {
const err19 = {instancePath:instancePath+"/metadata/annotations",schemaPath:"#/properties/metadata/properties/annotations/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
}
}
else {
const err20 = {instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
if(data.spec !== undefined){
let data9 = data.spec;
if(data9 && typeof data9 == "object" && !Array.isArray(data9)){
if(data9.enforce === undefined){
data9.enforce = true;
}
if(data9.tier === undefined){
data9.tier = "locked";
}
if(data9.tools === undefined){
data9.tools = {};
}
if(data9.models === undefined){
data9.models = {};
}
if(data9.unknownBetas === undefined){
data9.unknownBetas = "remove";
}
if(data9.audit === undefined){
data9.audit = {};
}
for(const key3 in data9){
if(!((((((((key3 === "enforce") || (key3 === "tier")) || (key3 === "tools")) || (key3 === "models")) || (key3 === "unknownFields")) || (key3 === "unknownBetas")) || (key3 === "audit")) || (key3 === "network"))){
const err21 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
if(typeof data9.enforce !== "boolean"){
const err22 = {instancePath:instancePath+"/spec/enforce",schemaPath:"#/properties/spec/properties/enforce/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
}
let data11 = data9.tier;
if(typeof data11 !== "string"){
const err23 = {instancePath:instancePath+"/spec/tier",schemaPath:"#/properties/spec/properties/tier/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err23];
}
else {
vErrors.push(err23);
}
errors++;
}
if(!(((data11 === "locked") || (data11 === "web_automation")) || (data11 === "full_vm_tools"))){
const err24 = {instancePath:instancePath+"/spec/tier",schemaPath:"#/properties/spec/properties/tier/enum",keyword:"enum",params:{allowedValues: schema14.properties.spec.properties.tier.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err24];
}
else {
vErrors.push(err24);
}
errors++;
}
let data12 = data9.tools;
if(data12 && typeof data12 == "object" && !Array.isArray(data12)){
if(data12.allow === undefined){
data12.allow = [];
}
if(data12.deny === undefined){
data12.deny = [];
}
for(const key4 in data12){
if(!(((key4 === "classes") || (key4 === "allow")) || (key4 === "deny"))){
const err25 = {instancePath:instancePath+"/spec/tools",schemaPath:"#/properties/spec/properties/tools/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key4},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err25];
}
else {
vErrors.push(err25);
}
errors++;
}
}
if(data12.classes !== undefined){
let data13 = data12.classes;
if(Array.isArray(data13)){
if(data13.length > 6){
const err26 = {instancePath:instancePath+"/spec/tools/classes",schemaPath:"#/properties/spec/properties/tools/properties/classes/maxItems",keyword:"maxItems",params:{limit: 6},message:"must NOT have more than 6 items"};
if(vErrors === null){
vErrors = [err26];
}
else {
vErrors.push(err26);
}
errors++;
}
const len0 = data13.length;
for(let i0=0; i0<len0; i0++){
let data14 = data13[i0];
if(typeof data14 !== "string"){
const err27 = {instancePath:instancePath+"/spec/tools/classes/" + i0,schemaPath:"#/properties/spec/properties/tools/properties/classes/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err27];
}
else {
vErrors.push(err27);
}
errors++;
}
if(!((((((data14 === "read") || (data14 === "search")) || (data14 === "browse")) || (data14 === "write")) || (data14 === "shell")) || (data14 === "install"))){
const err28 = {instancePath:instancePath+"/spec/tools/classes/" + i0,schemaPath:"#/properties/spec/properties/tools/properties/classes/items/enum",keyword:"enum",params:{allowedValues: schema14.properties.spec.properties.tools.properties.classes.items.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err28];
}
else {
vErrors.push(err28);
}
errors++;
}
}
let i1 = data13.length;
let j0;
if(i1 > 1){
const indices0 = {};
for(;i1--;){
let item0 = data13[i1];
if(typeof item0 !== "string"){
continue;
}
if(typeof indices0[item0] == "number"){
j0 = indices0[item0];
const err29 = {instancePath:instancePath+"/spec/tools/classes",schemaPath:"#/properties/spec/properties/tools/properties/classes/uniqueItems",keyword:"uniqueItems",params:{i: i1, j: j0},message:"must NOT have duplicate items (items ## "+j0+" and "+i1+" are identical)"};
if(vErrors === null){
vErrors = [err29];
}
else {
vErrors.push(err29);
}
errors++;
break;
}
indices0[item0] = i1;
}
}
}
else {
const err30 = {instancePath:instancePath+"/spec/tools/classes",schemaPath:"#/properties/spec/properties/tools/properties/classes/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err30];
}
else {
vErrors.push(err30);
}
errors++;
}
}
let data15 = data12.allow;
if(Array.isArray(data15)){
if(data15.length > 256){
const err31 = {instancePath:instancePath+"/spec/tools/allow",schemaPath:"#/properties/spec/properties/tools/properties/allow/maxItems",keyword:"maxItems",params:{limit: 256},message:"must NOT have more than 256 items"};
if(vErrors === null){
vErrors = [err31];
}
else {
vErrors.push(err31);
}
errors++;
}
const len1 = data15.length;
for(let i2=0; i2<len1; i2++){
let data16 = data15[i2];
if(data16 && typeof data16 == "object" && !Array.isArray(data16)){
if(data16.name === undefined){
const err32 = {instancePath:instancePath+"/spec/tools/allow/" + i2,schemaPath:"#/properties/spec/properties/tools/properties/allow/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err32];
}
else {
vErrors.push(err32);
}
errors++;
}
for(const key5 in data16){
if(!((key5 === "name") || (key5 === "when"))){
const err33 = {instancePath:instancePath+"/spec/tools/allow/" + i2,schemaPath:"#/properties/spec/properties/tools/properties/allow/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key5},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err33];
}
else {
vErrors.push(err33);
}
errors++;
}
}
if(data16.name !== undefined){
let data17 = data16.name;
if(typeof data17 === "string"){
if(func2(data17) > 256){
const err34 = {instancePath:instancePath+"/spec/tools/allow/" + i2+"/name",schemaPath:"#/properties/spec/properties/tools/properties/allow/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"};
if(vErrors === null){
vErrors = [err34];
}
else {
vErrors.push(err34);
}
errors++;
}
if(func2(data17) < 1){
const err35 = {instancePath:instancePath+"/spec/tools/allow/" + i2+"/name",schemaPath:"#/properties/spec/properties/tools/properties/allow/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err35];
}
else {
vErrors.push(err35);
}
errors++;
}
}
else {
const err36 = {instancePath:instancePath+"/spec/tools/allow/" + i2+"/name",schemaPath:"#/properties/spec/properties/tools/properties/allow/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err36];
}
else {
vErrors.push(err36);
}
errors++;
}
}
if(data16.when !== undefined){
let data18 = data16.when;
if(typeof data18 === "string"){
if(func2(data18) > 1024){
const err37 = {instancePath:instancePath+"/spec/tools/allow/" + i2+"/when",schemaPath:"#/properties/spec/properties/tools/properties/allow/items/properties/when/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err37];
}
else {
vErrors.push(err37);
}
errors++;
}
if(func2(data18) < 1){
const err38 = {instancePath:instancePath+"/spec/tools/allow/" + i2+"/when",schemaPath:"#/properties/spec/properties/tools/properties/allow/items/properties/when/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err38];
}
else {
vErrors.push(err38);
}
errors++;
}
}
else {
const err39 = {instancePath:instancePath+"/spec/tools/allow/" + i2+"/when",schemaPath:"#/properties/spec/properties/tools/properties/allow/items/properties/when/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err39];
}
else {
vErrors.push(err39);
}
errors++;
}
}
}
else {
const err40 = {instancePath:instancePath+"/spec/tools/allow/" + i2,schemaPath:"#/properties/spec/properties/tools/properties/allow/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err40];
}
else {
vErrors.push(err40);
}
errors++;
}
}
}
else {
const err41 = {instancePath:instancePath+"/spec/tools/allow",schemaPath:"#/properties/spec/properties/tools/properties/allow/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err41];
}
else {
vErrors.push(err41);
}
errors++;
}
let data19 = data12.deny;
if(Array.isArray(data19)){
if(data19.length > 256){
const err42 = {instancePath:instancePath+"/spec/tools/deny",schemaPath:"#/properties/spec/properties/tools/properties/deny/maxItems",keyword:"maxItems",params:{limit: 256},message:"must NOT have more than 256 items"};
if(vErrors === null){
vErrors = [err42];
}
else {
vErrors.push(err42);
}
errors++;
}
const len2 = data19.length;
for(let i3=0; i3<len2; i3++){
let data20 = data19[i3];
if(data20 && typeof data20 == "object" && !Array.isArray(data20)){
if(data20.name === undefined){
const err43 = {instancePath:instancePath+"/spec/tools/deny/" + i3,schemaPath:"#/properties/spec/properties/tools/properties/deny/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err43];
}
else {
vErrors.push(err43);
}
errors++;
}
for(const key6 in data20){
if(!(((key6 === "name") || (key6 === "when")) || (key6 === "reason"))){
const err44 = {instancePath:instancePath+"/spec/tools/deny/" + i3,schemaPath:"#/properties/spec/properties/tools/properties/deny/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err44];
}
else {
vErrors.push(err44);
}
errors++;
}
}
if(data20.name !== undefined){
let data21 = data20.name;
if(typeof data21 === "string"){
if(func2(data21) > 256){
const err45 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/name",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"};
if(vErrors === null){
vErrors = [err45];
}
else {
vErrors.push(err45);
}
errors++;
}
if(func2(data21) < 1){
const err46 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/name",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err46];
}
else {
vErrors.push(err46);
}
errors++;
}
}
else {
const err47 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/name",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err47];
}
else {
vErrors.push(err47);
}
errors++;
}
}
if(data20.when !== undefined){
let data22 = data20.when;
if(typeof data22 === "string"){
if(func2(data22) > 1024){
const err48 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/when",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/when/maxLength",keyword:"maxLength",params:{limit: 1024},message:"must NOT have more than 1024 characters"};
if(vErrors === null){
vErrors = [err48];
}
else {
vErrors.push(err48);
}
errors++;
}
if(func2(data22) < 1){
const err49 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/when",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/when/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err49];
}
else {
vErrors.push(err49);
}
errors++;
}
}
else {
const err50 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/when",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/when/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err50];
}
else {
vErrors.push(err50);
}
errors++;
}
}
if(data20.reason !== undefined){
let data23 = data20.reason;
if(typeof data23 === "string"){
if(func2(data23) > 256){
const err51 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/reason",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/reason/maxLength",keyword:"maxLength",params:{limit: 256},message:"must NOT have more than 256 characters"};
if(vErrors === null){
vErrors = [err51];
}
else {
vErrors.push(err51);
}
errors++;
}
if(func2(data23) < 1){
const err52 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/reason",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/reason/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err52];
}
else {
vErrors.push(err52);
}
errors++;
}
}
else {
const err53 = {instancePath:instancePath+"/spec/tools/deny/" + i3+"/reason",schemaPath:"#/properties/spec/properties/tools/properties/deny/items/properties/reason/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err53];
}
else {
vErrors.push(err53);
}
errors++;
}
}
}
else {
const err54 = {instancePath:instancePath+"/spec/tools/deny/" + i3,schemaPath:"#/properties/spec/properties/tools/properties/deny/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err54];
}
else {
vErrors.push(err54);
}
errors++;
}
}
}
else {
const err55 = {instancePath:instancePath+"/spec/tools/deny",schemaPath:"#/properties/spec/properties/tools/properties/deny/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err55];
}
else {
vErrors.push(err55);
}
errors++;
}
}
else {
const err56 = {instancePath:instancePath+"/spec/tools",schemaPath:"#/properties/spec/properties/tools/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err56];
}
else {
vErrors.push(err56);
}
errors++;
}
let data24 = data9.models;
if(data24 && typeof data24 == "object" && !Array.isArray(data24)){
if(data24.aliases === undefined){
data24.aliases = [];
}
if(data24.routes === undefined){
data24.routes = [];
}
if(data24.fallbacks === undefined){
data24.fallbacks = [];
}
if(data24.defaultOutputTokens === undefined){
data24.defaultOutputTokens = 16384;
}
for(const key7 in data24){
if(!((((((key7 === "allow") || (key7 === "aliases")) || (key7 === "routes")) || (key7 === "fallbacks")) || (key7 === "maxOutputTokens")) || (key7 === "defaultOutputTokens"))){
const err57 = {instancePath:instancePath+"/spec/models",schemaPath:"#/properties/spec/properties/models/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key7},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err57];
}
else {
vErrors.push(err57);
}
errors++;
}
}
if(data24.allow !== undefined){
let data25 = data24.allow;
if(Array.isArray(data25)){
if(data25.length > 128){
const err58 = {instancePath:instancePath+"/spec/models/allow",schemaPath:"#/properties/spec/properties/models/properties/allow/maxItems",keyword:"maxItems",params:{limit: 128},message:"must NOT have more than 128 items"};
if(vErrors === null){
vErrors = [err58];
}
else {
vErrors.push(err58);
}
errors++;
}
const len3 = data25.length;
for(let i4=0; i4<len3; i4++){
let data26 = data25[i4];
if(typeof data26 === "string"){
if(func2(data26) > 128){
const err59 = {instancePath:instancePath+"/spec/models/allow/" + i4,schemaPath:"#/properties/spec/properties/models/properties/allow/items/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err59];
}
else {
vErrors.push(err59);
}
errors++;
}
if(func2(data26) < 1){
const err60 = {instancePath:instancePath+"/spec/models/allow/" + i4,schemaPath:"#/properties/spec/properties/models/properties/allow/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err60];
}
else {
vErrors.push(err60);
}
errors++;
}
}
else {
const err61 = {instancePath:instancePath+"/spec/models/allow/" + i4,schemaPath:"#/properties/spec/properties/models/properties/allow/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err61];
}
else {
vErrors.push(err61);
}
errors++;
}
}
let i5 = data25.length;
let j1;
if(i5 > 1){
const indices1 = {};
for(;i5--;){
let item1 = data25[i5];
if(typeof item1 !== "string"){
continue;
}
if(typeof indices1[item1] == "number"){
j1 = indices1[item1];
const err62 = {instancePath:instancePath+"/spec/models/allow",schemaPath:"#/properties/spec/properties/models/properties/allow/uniqueItems",keyword:"uniqueItems",params:{i: i5, j: j1},message:"must NOT have duplicate items (items ## "+j1+" and "+i5+" are identical)"};
if(vErrors === null){
vErrors = [err62];
}
else {
vErrors.push(err62);
}
errors++;
break;
}
indices1[item1] = i5;
}
}
}
else {
const err63 = {instancePath:instancePath+"/spec/models/allow",schemaPath:"#/properties/spec/properties/models/properties/allow/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err63];
}
else {
vErrors.push(err63);
}
errors++;
}
}
let data27 = data24.aliases;
if(Array.isArray(data27)){
if(data27.length > 64){
const err64 = {instancePath:instancePath+"/spec/models/aliases",schemaPath:"#/properties/spec/properties/models/properties/aliases/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err64];
}
else {
vErrors.push(err64);
}
errors++;
}
const len4 = data27.length;
for(let i6=0; i6<len4; i6++){
let data28 = data27[i6];
if(data28 && typeof data28 == "object" && !Array.isArray(data28)){
if(data28.name === undefined){
const err65 = {instancePath:instancePath+"/spec/models/aliases/" + i6,schemaPath:"#/properties/spec/properties/models/properties/aliases/items/required",keyword:"required",params:{missingProperty: "name"},message:"must have required property '"+"name"+"'"};
if(vErrors === null){
vErrors = [err65];
}
else {
vErrors.push(err65);
}
errors++;
}
if(data28.model === undefined){
const err66 = {instancePath:instancePath+"/spec/models/aliases/" + i6,schemaPath:"#/properties/spec/properties/models/properties/aliases/items/required",keyword:"required",params:{missingProperty: "model"},message:"must have required property '"+"model"+"'"};
if(vErrors === null){
vErrors = [err66];
}
else {
vErrors.push(err66);
}
errors++;
}
for(const key8 in data28){
if(!((key8 === "name") || (key8 === "model"))){
const err67 = {instancePath:instancePath+"/spec/models/aliases/" + i6,schemaPath:"#/properties/spec/properties/models/properties/aliases/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key8},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err67];
}
else {
vErrors.push(err67);
}
errors++;
}
}
if(data28.name !== undefined){
let data29 = data28.name;
if(typeof data29 === "string"){
if(func2(data29) > 128){
const err68 = {instancePath:instancePath+"/spec/models/aliases/" + i6+"/name",schemaPath:"#/properties/spec/properties/models/properties/aliases/items/properties/name/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err68];
}
else {
vErrors.push(err68);
}
errors++;
}
if(func2(data29) < 1){
const err69 = {instancePath:instancePath+"/spec/models/aliases/" + i6+"/name",schemaPath:"#/properties/spec/properties/models/properties/aliases/items/properties/name/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err69];
}
else {
vErrors.push(err69);
}
errors++;
}
}
else {
const err70 = {instancePath:instancePath+"/spec/models/aliases/" + i6+"/name",schemaPath:"#/properties/spec/properties/models/properties/aliases/items/properties/name/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err70];
}
else {
vErrors.push(err70);
}
errors++;
}
}
if(data28.model !== undefined){
let data30 = data28.model;
if(typeof data30 === "string"){
if(func2(data30) > 128){
const err71 = {instancePath:instancePath+"/spec/models/aliases/" + i6+"/model",schemaPath:"#/properties/spec/properties/models/properties/aliases/items/properties/model/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err71];
}
else {
vErrors.push(err71);
}
errors++;
}
if(func2(data30) < 1){
const err72 = {instancePath:instancePath+"/spec/models/aliases/" + i6+"/model",schemaPath:"#/properties/spec/properties/models/properties/aliases/items/properties/model/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err72];
}
else {
vErrors.push(err72);
}
errors++;
}
}
else {
const err73 = {instancePath:instancePath+"/spec/models/aliases/" + i6+"/model",schemaPath:"#/properties/spec/properties/models/properties/aliases/items/properties/model/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err73];
}
else {
vErrors.push(err73);
}
errors++;
}
}
}
else {
const err74 = {instancePath:instancePath+"/spec/models/aliases/" + i6,schemaPath:"#/properties/spec/properties/models/properties/aliases/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err74];
}
else {
vErrors.push(err74);
}
errors++;
}
}
}
else {
const err75 = {instancePath:instancePath+"/spec/models/aliases",schemaPath:"#/properties/spec/properties/models/properties/aliases/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err75];
}
else {
vErrors.push(err75);
}
errors++;
}
let data31 = data24.routes;
if(Array.isArray(data31)){
if(data31.length > 64){
const err76 = {instancePath:instancePath+"/spec/models/routes",schemaPath:"#/properties/spec/properties/models/properties/routes/maxItems",keyword:"maxItems",params:{limit: 64},message:"must NOT have more than 64 items"};
if(vErrors === null){
vErrors = [err76];
}
else {
vErrors.push(err76);
}
errors++;
}
const len5 = data31.length;
for(let i7=0; i7<len5; i7++){
let data32 = data31[i7];
if(data32 && typeof data32 == "object" && !Array.isArray(data32)){
if(data32.model === undefined){
const err77 = {instancePath:instancePath+"/spec/models/routes/" + i7,schemaPath:"#/properties/spec/properties/models/properties/routes/items/required",keyword:"required",params:{missingProperty: "model"},message:"must have required property '"+"model"+"'"};
if(vErrors === null){
vErrors = [err77];
}
else {
vErrors.push(err77);
}
errors++;
}
if(data32.provider === undefined){
const err78 = {instancePath:instancePath+"/spec/models/routes/" + i7,schemaPath:"#/properties/spec/properties/models/properties/routes/items/required",keyword:"required",params:{missingProperty: "provider"},message:"must have required property '"+"provider"+"'"};
if(vErrors === null){
vErrors = [err78];
}
else {
vErrors.push(err78);
}
errors++;
}
for(const key9 in data32){
if(!((key9 === "model") || (key9 === "provider"))){
const err79 = {instancePath:instancePath+"/spec/models/routes/" + i7,schemaPath:"#/properties/spec/properties/models/properties/routes/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key9},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err79];
}
else {
vErrors.push(err79);
}
errors++;
}
}
if(data32.model !== undefined){
let data33 = data32.model;
if(typeof data33 === "string"){
if(func2(data33) > 128){
const err80 = {instancePath:instancePath+"/spec/models/routes/" + i7+"/model",schemaPath:"#/properties/spec/properties/models/properties/routes/items/properties/model/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err80];
}
else {
vErrors.push(err80);
}
errors++;
}
if(func2(data33) < 1){
const err81 = {instancePath:instancePath+"/spec/models/routes/" + i7+"/model",schemaPath:"#/properties/spec/properties/models/properties/routes/items/properties/model/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err81];
}
else {
vErrors.push(err81);
}
errors++;
}
}
else {
const err82 = {instancePath:instancePath+"/spec/models/routes/" + i7+"/model",schemaPath:"#/properties/spec/properties/models/properties/routes/items/properties/model/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err82];
}
else {
vErrors.push(err82);
}
errors++;
}
}
if(data32.provider !== undefined){
let data34 = data32.provider;
if(typeof data34 === "string"){
if(func2(data34) > 253){
const err83 = {instancePath:instancePath+"/spec/models/routes/" + i7+"/provider",schemaPath:"#/properties/spec/properties/models/properties/routes/items/properties/provider/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err83];
}
else {
vErrors.push(err83);
}
errors++;
}
if(func2(data34) < 1){
const err84 = {instancePath:instancePath+"/spec/models/routes/" + i7+"/provider",schemaPath:"#/properties/spec/properties/models/properties/routes/items/properties/provider/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err84];
}
else {
vErrors.push(err84);
}
errors++;
}
}
else {
const err85 = {instancePath:instancePath+"/spec/models/routes/" + i7+"/provider",schemaPath:"#/properties/spec/properties/models/properties/routes/items/properties/provider/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err85];
}
else {
vErrors.push(err85);
}
errors++;
}
}
}
else {
const err86 = {instancePath:instancePath+"/spec/models/routes/" + i7,schemaPath:"#/properties/spec/properties/models/properties/routes/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err86];
}
else {
vErrors.push(err86);
}
errors++;
}
}
}
else {
const err87 = {instancePath:instancePath+"/spec/models/routes",schemaPath:"#/properties/spec/properties/models/properties/routes/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err87];
}
else {
vErrors.push(err87);
}
errors++;
}
let data35 = data24.fallbacks;
if(Array.isArray(data35)){
if(data35.length > 32){
const err88 = {instancePath:instancePath+"/spec/models/fallbacks",schemaPath:"#/properties/spec/properties/models/properties/fallbacks/maxItems",keyword:"maxItems",params:{limit: 32},message:"must NOT have more than 32 items"};
if(vErrors === null){
vErrors = [err88];
}
else {
vErrors.push(err88);
}
errors++;
}
const len6 = data35.length;
for(let i8=0; i8<len6; i8++){
let data36 = data35[i8];
if(data36 && typeof data36 == "object" && !Array.isArray(data36)){
if(data36.model === undefined){
const err89 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8,schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/required",keyword:"required",params:{missingProperty: "model"},message:"must have required property '"+"model"+"'"};
if(vErrors === null){
vErrors = [err89];
}
else {
vErrors.push(err89);
}
errors++;
}
if(data36.to === undefined){
const err90 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8,schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/required",keyword:"required",params:{missingProperty: "to"},message:"must have required property '"+"to"+"'"};
if(vErrors === null){
vErrors = [err90];
}
else {
vErrors.push(err90);
}
errors++;
}
for(const key10 in data36){
if(!((key10 === "model") || (key10 === "to"))){
const err91 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8,schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key10},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err91];
}
else {
vErrors.push(err91);
}
errors++;
}
}
if(data36.model !== undefined){
let data37 = data36.model;
if(typeof data37 === "string"){
if(func2(data37) > 128){
const err92 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/model",schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/model/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err92];
}
else {
vErrors.push(err92);
}
errors++;
}
if(func2(data37) < 1){
const err93 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/model",schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/model/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err93];
}
else {
vErrors.push(err93);
}
errors++;
}
}
else {
const err94 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/model",schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/model/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err94];
}
else {
vErrors.push(err94);
}
errors++;
}
}
if(data36.to !== undefined){
let data38 = data36.to;
if(Array.isArray(data38)){
if(data38.length > 4){
const err95 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/to",schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/to/maxItems",keyword:"maxItems",params:{limit: 4},message:"must NOT have more than 4 items"};
if(vErrors === null){
vErrors = [err95];
}
else {
vErrors.push(err95);
}
errors++;
}
if(data38.length < 1){
const err96 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/to",schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/to/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err96];
}
else {
vErrors.push(err96);
}
errors++;
}
const len7 = data38.length;
for(let i9=0; i9<len7; i9++){
let data39 = data38[i9];
if(typeof data39 === "string"){
if(func2(data39) > 128){
const err97 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/to/" + i9,schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/to/items/maxLength",keyword:"maxLength",params:{limit: 128},message:"must NOT have more than 128 characters"};
if(vErrors === null){
vErrors = [err97];
}
else {
vErrors.push(err97);
}
errors++;
}
if(func2(data39) < 1){
const err98 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/to/" + i9,schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/to/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err98];
}
else {
vErrors.push(err98);
}
errors++;
}
}
else {
const err99 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/to/" + i9,schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/to/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err99];
}
else {
vErrors.push(err99);
}
errors++;
}
}
}
else {
const err100 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8+"/to",schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/properties/to/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err100];
}
else {
vErrors.push(err100);
}
errors++;
}
}
}
else {
const err101 = {instancePath:instancePath+"/spec/models/fallbacks/" + i8,schemaPath:"#/properties/spec/properties/models/properties/fallbacks/items/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err101];
}
else {
vErrors.push(err101);
}
errors++;
}
}
}
else {
const err102 = {instancePath:instancePath+"/spec/models/fallbacks",schemaPath:"#/properties/spec/properties/models/properties/fallbacks/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err102];
}
else {
vErrors.push(err102);
}
errors++;
}
if(data24.maxOutputTokens !== undefined){
let data40 = data24.maxOutputTokens;
if(!(((typeof data40 == "number") && (!(data40 % 1) && !isNaN(data40))) && (isFinite(data40)))){
const err103 = {instancePath:instancePath+"/spec/models/maxOutputTokens",schemaPath:"#/properties/spec/properties/models/properties/maxOutputTokens/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err103];
}
else {
vErrors.push(err103);
}
errors++;
}
if((typeof data40 == "number") && (isFinite(data40))){
if(data40 > 1000000 || isNaN(data40)){
const err104 = {instancePath:instancePath+"/spec/models/maxOutputTokens",schemaPath:"#/properties/spec/properties/models/properties/maxOutputTokens/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000000},message:"must be <= 1000000"};
if(vErrors === null){
vErrors = [err104];
}
else {
vErrors.push(err104);
}
errors++;
}
if(data40 < 1 || isNaN(data40)){
const err105 = {instancePath:instancePath+"/spec/models/maxOutputTokens",schemaPath:"#/properties/spec/properties/models/properties/maxOutputTokens/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err105];
}
else {
vErrors.push(err105);
}
errors++;
}
}
}
let data41 = data24.defaultOutputTokens;
if(!(((typeof data41 == "number") && (!(data41 % 1) && !isNaN(data41))) && (isFinite(data41)))){
const err106 = {instancePath:instancePath+"/spec/models/defaultOutputTokens",schemaPath:"#/properties/spec/properties/models/properties/defaultOutputTokens/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err106];
}
else {
vErrors.push(err106);
}
errors++;
}
if((typeof data41 == "number") && (isFinite(data41))){
if(data41 > 1000000 || isNaN(data41)){
const err107 = {instancePath:instancePath+"/spec/models/defaultOutputTokens",schemaPath:"#/properties/spec/properties/models/properties/defaultOutputTokens/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1000000},message:"must be <= 1000000"};
if(vErrors === null){
vErrors = [err107];
}
else {
vErrors.push(err107);
}
errors++;
}
if(data41 < 1 || isNaN(data41)){
const err108 = {instancePath:instancePath+"/spec/models/defaultOutputTokens",schemaPath:"#/properties/spec/properties/models/properties/defaultOutputTokens/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err108];
}
else {
vErrors.push(err108);
}
errors++;
}
}
}
else {
const err109 = {instancePath:instancePath+"/spec/models",schemaPath:"#/properties/spec/properties/models/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err109];
}
else {
vErrors.push(err109);
}
errors++;
}
if(data9.unknownFields !== undefined){
let data42 = data9.unknownFields;
if(typeof data42 !== "string"){
const err110 = {instancePath:instancePath+"/spec/unknownFields",schemaPath:"#/properties/spec/properties/unknownFields/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err110];
}
else {
vErrors.push(err110);
}
errors++;
}
if(!((data42 === "refuse") || (data42 === "record"))){
const err111 = {instancePath:instancePath+"/spec/unknownFields",schemaPath:"#/properties/spec/properties/unknownFields/enum",keyword:"enum",params:{allowedValues: schema14.properties.spec.properties.unknownFields.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err111];
}
else {
vErrors.push(err111);
}
errors++;
}
}
let data43 = data9.unknownBetas;
if(typeof data43 !== "string"){
const err112 = {instancePath:instancePath+"/spec/unknownBetas",schemaPath:"#/properties/spec/properties/unknownBetas/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err112];
}
else {
vErrors.push(err112);
}
errors++;
}
if(!((data43 === "remove") || (data43 === "refuse"))){
const err113 = {instancePath:instancePath+"/spec/unknownBetas",schemaPath:"#/properties/spec/properties/unknownBetas/enum",keyword:"enum",params:{allowedValues: schema14.properties.spec.properties.unknownBetas.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err113];
}
else {
vErrors.push(err113);
}
errors++;
}
let data44 = data9.audit;
if(data44 && typeof data44 == "object" && !Array.isArray(data44)){
if(data44.content === undefined){
data44.content = "none";
}
for(const key11 in data44){
if(!(key11 === "content")){
const err114 = {instancePath:instancePath+"/spec/audit",schemaPath:"#/properties/spec/properties/audit/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key11},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err114];
}
else {
vErrors.push(err114);
}
errors++;
}
}
let data45 = data44.content;
if(typeof data45 !== "string"){
const err115 = {instancePath:instancePath+"/spec/audit/content",schemaPath:"#/properties/spec/properties/audit/properties/content/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err115];
}
else {
vErrors.push(err115);
}
errors++;
}
if(!((data45 === "none") || (data45 === "full"))){
const err116 = {instancePath:instancePath+"/spec/audit/content",schemaPath:"#/properties/spec/properties/audit/properties/content/enum",keyword:"enum",params:{allowedValues: schema14.properties.spec.properties.audit.properties.content.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err116];
}
else {
vErrors.push(err116);
}
errors++;
}
}
else {
const err117 = {instancePath:instancePath+"/spec/audit",schemaPath:"#/properties/spec/properties/audit/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err117];
}
else {
vErrors.push(err117);
}
errors++;
}
if(data9.network !== undefined){
let data46 = data9.network;
if(data46 && typeof data46 == "object" && !Array.isArray(data46)){
for(const key12 in data46){
if(!(((key12 === "setup") || (key12 === "work")) || (key12 === "teardown"))){
const err118 = {instancePath:instancePath+"/spec/network",schemaPath:"#/properties/spec/properties/network/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key12},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err118];
}
else {
vErrors.push(err118);
}
errors++;
}
}
if(data46.setup !== undefined){
let data47 = data46.setup;
if(data47 && typeof data47 == "object" && !Array.isArray(data47)){
for(const key13 in data47){
if(!((key13 === "access") || (key13 === "hosts"))){
const err119 = {instancePath:instancePath+"/spec/network/setup",schemaPath:"#/properties/spec/properties/network/properties/setup/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key13},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err119];
}
else {
vErrors.push(err119);
}
errors++;
}
}
if(data47.access !== undefined){
let data48 = data47.access;
if(typeof data48 !== "string"){
const err120 = {instancePath:instancePath+"/spec/network/setup/access",schemaPath:"#/properties/spec/properties/network/properties/setup/properties/access/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err120];
}
else {
vErrors.push(err120);
}
errors++;
}
if(!(((data48 === "full") || (data48 === "allowlist")) || (data48 === "local"))){
const err121 = {instancePath:instancePath+"/spec/network/setup/access",schemaPath:"#/properties/spec/properties/network/properties/setup/properties/access/enum",keyword:"enum",params:{allowedValues: schema14.properties.spec.properties.network.properties.setup.properties.access.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err121];
}
else {
vErrors.push(err121);
}
errors++;
}
}
if(data47.hosts !== undefined){
let data49 = data47.hosts;
if(Array.isArray(data49)){
if(data49.length > 256){
const err122 = {instancePath:instancePath+"/spec/network/setup/hosts",schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/maxItems",keyword:"maxItems",params:{limit: 256},message:"must NOT have more than 256 items"};
if(vErrors === null){
vErrors = [err122];
}
else {
vErrors.push(err122);
}
errors++;
}
const len8 = data49.length;
for(let i10=0; i10<len8; i10++){
let data50 = data49[i10];
if(typeof data50 === "string"){
if(func2(data50) > 253){
const err123 = {instancePath:instancePath+"/spec/network/setup/hosts/" + i10,schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/items/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err123];
}
else {
vErrors.push(err123);
}
errors++;
}
if(func2(data50) < 1){
const err124 = {instancePath:instancePath+"/spec/network/setup/hosts/" + i10,schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err124];
}
else {
vErrors.push(err124);
}
errors++;
}
if(!pattern30.test(data50)){
const err125 = {instancePath:instancePath+"/spec/network/setup/hosts/" + i10,schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/items/pattern",keyword:"pattern",params:{pattern: "^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"},message:"must match pattern \""+"^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"+"\""};
if(vErrors === null){
vErrors = [err125];
}
else {
vErrors.push(err125);
}
errors++;
}
}
else {
const err126 = {instancePath:instancePath+"/spec/network/setup/hosts/" + i10,schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err126];
}
else {
vErrors.push(err126);
}
errors++;
}
}
let i11 = data49.length;
let j2;
if(i11 > 1){
const indices2 = {};
for(;i11--;){
let item2 = data49[i11];
if(typeof item2 !== "string"){
continue;
}
if(typeof indices2[item2] == "number"){
j2 = indices2[item2];
const err127 = {instancePath:instancePath+"/spec/network/setup/hosts",schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/uniqueItems",keyword:"uniqueItems",params:{i: i11, j: j2},message:"must NOT have duplicate items (items ## "+j2+" and "+i11+" are identical)"};
if(vErrors === null){
vErrors = [err127];
}
else {
vErrors.push(err127);
}
errors++;
break;
}
indices2[item2] = i11;
}
}
}
else {
const err128 = {instancePath:instancePath+"/spec/network/setup/hosts",schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err128];
}
else {
vErrors.push(err128);
}
errors++;
}
}
}
else {
const err129 = {instancePath:instancePath+"/spec/network/setup",schemaPath:"#/properties/spec/properties/network/properties/setup/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err129];
}
else {
vErrors.push(err129);
}
errors++;
}
}
if(data46.work !== undefined){
let data51 = data46.work;
if(data51 && typeof data51 == "object" && !Array.isArray(data51)){
for(const key14 in data51){
if(!((key14 === "access") || (key14 === "hosts"))){
const err130 = {instancePath:instancePath+"/spec/network/work",schemaPath:"#/properties/spec/properties/network/properties/work/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key14},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err130];
}
else {
vErrors.push(err130);
}
errors++;
}
}
if(data51.access !== undefined){
let data52 = data51.access;
if(typeof data52 !== "string"){
const err131 = {instancePath:instancePath+"/spec/network/work/access",schemaPath:"#/properties/spec/properties/network/properties/work/properties/access/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err131];
}
else {
vErrors.push(err131);
}
errors++;
}
if(!(((data52 === "full") || (data52 === "allowlist")) || (data52 === "local"))){
const err132 = {instancePath:instancePath+"/spec/network/work/access",schemaPath:"#/properties/spec/properties/network/properties/work/properties/access/enum",keyword:"enum",params:{allowedValues: schema14.properties.spec.properties.network.properties.work.properties.access.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err132];
}
else {
vErrors.push(err132);
}
errors++;
}
}
if(data51.hosts !== undefined){
let data53 = data51.hosts;
if(Array.isArray(data53)){
if(data53.length > 256){
const err133 = {instancePath:instancePath+"/spec/network/work/hosts",schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/maxItems",keyword:"maxItems",params:{limit: 256},message:"must NOT have more than 256 items"};
if(vErrors === null){
vErrors = [err133];
}
else {
vErrors.push(err133);
}
errors++;
}
const len9 = data53.length;
for(let i12=0; i12<len9; i12++){
let data54 = data53[i12];
if(typeof data54 === "string"){
if(func2(data54) > 253){
const err134 = {instancePath:instancePath+"/spec/network/work/hosts/" + i12,schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/items/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err134];
}
else {
vErrors.push(err134);
}
errors++;
}
if(func2(data54) < 1){
const err135 = {instancePath:instancePath+"/spec/network/work/hosts/" + i12,schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err135];
}
else {
vErrors.push(err135);
}
errors++;
}
if(!pattern30.test(data54)){
const err136 = {instancePath:instancePath+"/spec/network/work/hosts/" + i12,schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/items/pattern",keyword:"pattern",params:{pattern: "^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"},message:"must match pattern \""+"^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"+"\""};
if(vErrors === null){
vErrors = [err136];
}
else {
vErrors.push(err136);
}
errors++;
}
}
else {
const err137 = {instancePath:instancePath+"/spec/network/work/hosts/" + i12,schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err137];
}
else {
vErrors.push(err137);
}
errors++;
}
}
let i13 = data53.length;
let j3;
if(i13 > 1){
const indices3 = {};
for(;i13--;){
let item3 = data53[i13];
if(typeof item3 !== "string"){
continue;
}
if(typeof indices3[item3] == "number"){
j3 = indices3[item3];
const err138 = {instancePath:instancePath+"/spec/network/work/hosts",schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/uniqueItems",keyword:"uniqueItems",params:{i: i13, j: j3},message:"must NOT have duplicate items (items ## "+j3+" and "+i13+" are identical)"};
if(vErrors === null){
vErrors = [err138];
}
else {
vErrors.push(err138);
}
errors++;
break;
}
indices3[item3] = i13;
}
}
}
else {
const err139 = {instancePath:instancePath+"/spec/network/work/hosts",schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err139];
}
else {
vErrors.push(err139);
}
errors++;
}
}
}
else {
const err140 = {instancePath:instancePath+"/spec/network/work",schemaPath:"#/properties/spec/properties/network/properties/work/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err140];
}
else {
vErrors.push(err140);
}
errors++;
}
}
if(data46.teardown !== undefined){
let data55 = data46.teardown;
if(data55 && typeof data55 == "object" && !Array.isArray(data55)){
for(const key15 in data55){
if(!((key15 === "access") || (key15 === "hosts"))){
const err141 = {instancePath:instancePath+"/spec/network/teardown",schemaPath:"#/properties/spec/properties/network/properties/teardown/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key15},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err141];
}
else {
vErrors.push(err141);
}
errors++;
}
}
if(data55.access !== undefined){
let data56 = data55.access;
if(typeof data56 !== "string"){
const err142 = {instancePath:instancePath+"/spec/network/teardown/access",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/access/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err142];
}
else {
vErrors.push(err142);
}
errors++;
}
if(!(((data56 === "full") || (data56 === "allowlist")) || (data56 === "local"))){
const err143 = {instancePath:instancePath+"/spec/network/teardown/access",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/access/enum",keyword:"enum",params:{allowedValues: schema14.properties.spec.properties.network.properties.teardown.properties.access.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err143];
}
else {
vErrors.push(err143);
}
errors++;
}
}
if(data55.hosts !== undefined){
let data57 = data55.hosts;
if(Array.isArray(data57)){
if(data57.length > 256){
const err144 = {instancePath:instancePath+"/spec/network/teardown/hosts",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/maxItems",keyword:"maxItems",params:{limit: 256},message:"must NOT have more than 256 items"};
if(vErrors === null){
vErrors = [err144];
}
else {
vErrors.push(err144);
}
errors++;
}
const len10 = data57.length;
for(let i14=0; i14<len10; i14++){
let data58 = data57[i14];
if(typeof data58 === "string"){
if(func2(data58) > 253){
const err145 = {instancePath:instancePath+"/spec/network/teardown/hosts/" + i14,schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/items/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err145];
}
else {
vErrors.push(err145);
}
errors++;
}
if(func2(data58) < 1){
const err146 = {instancePath:instancePath+"/spec/network/teardown/hosts/" + i14,schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err146];
}
else {
vErrors.push(err146);
}
errors++;
}
if(!pattern30.test(data58)){
const err147 = {instancePath:instancePath+"/spec/network/teardown/hosts/" + i14,schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/items/pattern",keyword:"pattern",params:{pattern: "^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"},message:"must match pattern \""+"^(\\*\\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$"+"\""};
if(vErrors === null){
vErrors = [err147];
}
else {
vErrors.push(err147);
}
errors++;
}
}
else {
const err148 = {instancePath:instancePath+"/spec/network/teardown/hosts/" + i14,schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err148];
}
else {
vErrors.push(err148);
}
errors++;
}
}
let i15 = data57.length;
let j4;
if(i15 > 1){
const indices4 = {};
for(;i15--;){
let item4 = data57[i15];
if(typeof item4 !== "string"){
continue;
}
if(typeof indices4[item4] == "number"){
j4 = indices4[item4];
const err149 = {instancePath:instancePath+"/spec/network/teardown/hosts",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/uniqueItems",keyword:"uniqueItems",params:{i: i15, j: j4},message:"must NOT have duplicate items (items ## "+j4+" and "+i15+" are identical)"};
if(vErrors === null){
vErrors = [err149];
}
else {
vErrors.push(err149);
}
errors++;
break;
}
indices4[item4] = i15;
}
}
}
else {
const err150 = {instancePath:instancePath+"/spec/network/teardown/hosts",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err150];
}
else {
vErrors.push(err150);
}
errors++;
}
}
}
else {
const err151 = {instancePath:instancePath+"/spec/network/teardown",schemaPath:"#/properties/spec/properties/network/properties/teardown/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err151];
}
else {
vErrors.push(err151);
}
errors++;
}
}
}
else {
const err152 = {instancePath:instancePath+"/spec/network",schemaPath:"#/properties/spec/properties/network/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err152];
}
else {
vErrors.push(err152);
}
errors++;
}
}
}
else {
const err153 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err153];
}
else {
vErrors.push(err153);
}
errors++;
}
}
}
else {
const err154 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err154];
}
else {
vErrors.push(err154);
}
errors++;
}
validate13.errors = vErrors;
return errors === 0;
}

