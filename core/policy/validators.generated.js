// Generated from crds/ by scripts/generate.ts. Do not edit.
"use strict";
export const validateBudgetPolicy = validate10;
const schema11 = {"type":"object","description":"What workloads may spend. All budgets that select a workload apply to it. Amounts are reserved before a call is made and settled after it, so that a limit holds however many calls run at once.","required":["apiVersion","kind","metadata","spec"],"properties":{"apiVersion":{"type":"string","const":"tollgate.dev/v1alpha1"},"kind":{"type":"string","const":"BudgetPolicy"},"metadata":{"type":"object","description":"Name, and what Kubernetes keeps beside it.","required":["name"],"additionalProperties":true,"properties":{"name":{"type":"string","maxLength":253,"pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},"namespace":{"type":"string","maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},"labels":{"type":"object","additionalProperties":{"type":"string"}},"annotations":{"type":"object","additionalProperties":{"type":"string"}}}},"spec":{"type":"object","description":"Limits, rates, and whom they are for.","properties":{"enforce":{"type":"boolean","default":true,"description":"false: everything is judged, recorded and shown, nothing is refused. That is how to start."},"selector":{"type":"object","description":"Which workloads this budget is for. Both parts must match; what is left out matches everything.","properties":{"workloads":{"type":"array","maxItems":64,"description":"Names of workloads; `*` stands for any characters.","items":{"type":"string","minLength":1,"maxLength":253},"uniqueItems":true},"labels":{"type":"object","maxProperties":32,"description":"Labels that the workload must have, with these values.","additionalProperties":{"type":"string","maxLength":63}}},"additionalProperties":false},"timeZone":{"type":"string","default":"UTC","minLength":1,"maxLength":64,"description":"IANA name of the zone in which hours, days and months begin, such as Europe/Berlin. Changing it starts new counts."},"limits":{"type":"array","default":[],"maxItems":32,"description":"What may be spent at most. A limit's count belongs to its name: changing the amount keeps the count, and so does deleting the limit and creating it again.","items":{"type":"object","required":["name","window"],"description":"One limit, in exactly one of usd, tokens and requests.","properties":{"name":{"type":"string","minLength":1,"maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$","description":"Names the limit in refusals, metrics and the audit log."},"per":{"type":"string","enum":["workload","session","runner","namespace","cluster"],"default":"workload","description":"Who shares one count. A session is one invocation; a runner is an AgentRunner with all its phases (in a cluster)."},"window":{"type":"string","enum":["request","hour","day","month","lifetime"],"description":"How long the count lasts. request: each call by itself. hour, day and month follow the calendar of timeZone. lifetime: never reset."},"usd":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,9})?$","minimum":0,"maximum":9000000,"description":"US dollars, at most 9000000; with decimals as a string, such as \"0.50\".","type":["integer","string"]},"tokens":{"type":"integer","minimum":0,"maximum":9000000000000,"description":"Tokens of all kinds, input and output together."},"requests":{"type":"integer","minimum":0,"maximum":9000000000000,"description":"Model calls."},"atLimit":{"type":"string","enum":["deny","warn"],"default":"deny","description":"What happens to a call that does not fit. warn records it and lets it go on."}},"additionalProperties":false}},"rates":{"type":"array","default":[],"maxItems":16,"description":"How fast workloads may call. A call over a rate waits, at most 60 seconds, before it is refused.","items":{"type":"object","required":["name"],"description":"One rate limit; at least one of its numbers is given.","properties":{"name":{"type":"string","minLength":1,"maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$","description":"Names the rate in refusals, metrics and the audit log."},"per":{"type":"string","enum":["workload","session","runner","namespace","cluster"],"default":"workload","description":"Who shares the rate. A runner is an AgentRunner (in a cluster)."},"requestsPerMinute":{"type":"integer","minimum":1,"maximum":1000000,"description":"Calls in any 60 seconds."},"tokensPerMinute":{"type":"integer","minimum":1,"maximum":1000000000000,"description":"Tokens in any 60 seconds; a running call counts with the most that it can use."},"concurrent":{"type":"integer","minimum":1,"maximum":100000,"description":"Calls that run at the same time."}},"additionalProperties":false}},"warnings":{"type":"object","default":{},"description":"Who is told, and when, that a limit is nearly spent: a line in the log, a metric, and a webhook if one is given. A limit per request has nothing to warn of.","properties":{"at":{"type":"array","default":[50,80,95],"maxItems":10,"description":"Percent of a limit's amount. What calls have spent counts, not what running calls have reserved. Each is told once for each window and each of those who have a count of their own. An empty list warns of nothing.","items":{"type":"integer","minimum":1,"maximum":100},"uniqueItems":true},"webhook":{"type":"object","required":["url"],"description":"Where warnings are sent as CloudEvents, signed as the Standard Webhooks specification has it. One that is not taken is sent again for 24 hours.","properties":{"url":{"type":"string","minLength":8,"maxLength":1024,"pattern":"^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$","description":"What they are POSTed to. http:// is for private addresses only. Redirects are not followed."},"secretEnv":{"type":"string","pattern":"^[A-Za-z_][A-Za-z0-9_]*$","maxLength":128,"default":"TOLLGATE_WEBHOOK_SECRET","description":"Environment variable of Tollgate that holds the signing secret, where it runs without a cluster: 24 to 64 random bytes in base64, with or without whsec_ before them. Nothing is sent without it. The agent never sees it."},"secretRef":{"type":"object","required":["name","key"],"description":"Cluster only. The Secret that holds the signing secret, in Tollgate's namespace.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"Cluster only. The Secret's name."},"key":{"type":"string","minLength":1,"maxLength":253,"description":"Cluster only. The key in the Secret's data."}},"additionalProperties":false},"privateAddresses":{"type":"boolean","default":false,"description":"Whether the URL may name a private or loopback address itself, or localhost. A name that resolves to one is refused in any case."}},"additionalProperties":false}},"additionalProperties":false},"minOutputTokens":{"type":"integer","minimum":1,"maximum":1000000,"default":1024,"description":"When less is left than a call may cost, its output cap is lowered to what fits, but never below this; then the call is refused."},"onDisconnect":{"type":"string","enum":["drain","cancel"],"default":"drain","description":"What happens to a running reply when its client goes away. drain: read it to its capped end and charge what it really cost. cancel: break it off and charge the whole reservation."}},"additionalProperties":false}},"additionalProperties":false,"$id":"BudgetPolicy"};
import func2_module from "ajv/dist/runtime/ucs2length.js";const func2 = func2_module.default ?? func2_module;
const pattern0 = new RegExp("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", "u");
const pattern1 = new RegExp("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "u");
const pattern3 = new RegExp("^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,9})?$", "u");
const pattern5 = new RegExp("^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$", "u");
const pattern6 = new RegExp("^[A-Za-z_][A-Za-z0-9_]*$", "u");

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
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
if(!((((key0 === "apiVersion") || (key0 === "kind")) || (key0 === "metadata")) || (key0 === "spec"))){
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
const err47 = {instancePath:instancePath+"/spec/limits/" + i2+"/per",schemaPath:"#/properties/spec/properties/limits/items/properties/per/enum",keyword:"enum",params:{allowedValues: schema11.properties.spec.properties.limits.items.properties.per.enum},message:"must be equal to one of the allowed values"};
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
const err49 = {instancePath:instancePath+"/spec/limits/" + i2+"/window",schemaPath:"#/properties/spec/properties/limits/items/properties/window/enum",keyword:"enum",params:{allowedValues: schema11.properties.spec.properties.limits.items.properties.window.enum},message:"must be equal to one of the allowed values"};
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
const err50 = {instancePath:instancePath+"/spec/limits/" + i2+"/usd",schemaPath:"#/properties/spec/properties/limits/items/properties/usd/type",keyword:"type",params:{type: schema11.properties.spec.properties.limits.items.properties.usd.type},message:"must be integer,string"};
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
if(!pattern3.test(data22)){
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
const err62 = {instancePath:instancePath+"/spec/limits/" + i2+"/atLimit",schemaPath:"#/properties/spec/properties/limits/items/properties/atLimit/enum",keyword:"enum",params:{allowedValues: schema11.properties.spec.properties.limits.items.properties.atLimit.enum},message:"must be equal to one of the allowed values"};
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
const err73 = {instancePath:instancePath+"/spec/rates/" + i3+"/per",schemaPath:"#/properties/spec/properties/rates/items/properties/per/enum",keyword:"enum",params:{allowedValues: schema11.properties.spec.properties.rates.items.properties.per.enum},message:"must be equal to one of the allowed values"};
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
if(!pattern5.test(data37)){
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
if(!pattern6.test(data38)){
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
const err118 = {instancePath:instancePath+"/spec/onDisconnect",schemaPath:"#/properties/spec/properties/onDisconnect/enum",keyword:"enum",params:{allowedValues: schema11.properties.spec.properties.onDisconnect.enum},message:"must be equal to one of the allowed values"};
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
validate10.errors = vErrors;
return errors === 0;
}

export const validateProvider = validate11;
const schema12 = {"type":"object","description":"Who answers model calls. Cluster-scoped, so that only those who run the cluster decide about hosts, prices and exceptions.","required":["apiVersion","kind","metadata","spec"],"properties":{"apiVersion":{"type":"string","const":"tollgate.dev/v1alpha1"},"kind":{"type":"string","const":"Provider"},"metadata":{"type":"object","description":"Name, and what Kubernetes keeps beside it.","required":["name"],"additionalProperties":true,"properties":{"name":{"type":"string","maxLength":253,"pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},"namespace":{"type":"string","maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},"labels":{"type":"object","additionalProperties":{"type":"string"}},"annotations":{"type":"object","additionalProperties":{"type":"string"}}}},"spec":{"type":"object","required":["url","wires"],"description":"Where the provider is, what it speaks, and what it costs.","properties":{"url":{"type":"string","minLength":8,"maxLength":512,"pattern":"^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~/-]*)?$","description":"Base URL, as an SDK takes it: with a version at its end (https://api.groq.com/openai/v1), or without one, which means /v1 (https://api.anthropic.com). http:// is for private addresses only."},"wires":{"type":"array","minItems":1,"maxItems":8,"description":"The API dialects it speaks.","items":{"type":"string","enum":["anthropic-messages","openai-chat","openai-responses","openai-embeddings"]},"uniqueItems":true},"auth":{"type":"object","default":{},"description":"How Tollgate shows who it is. The agent never sees this credential.","properties":{"type":{"type":"string","enum":["key","none"],"default":"key","description":"key is an API key in the header that the wire names, none is no credential."},"env":{"type":"string","pattern":"^[A-Za-z_][A-Za-z0-9_]*$","maxLength":128,"description":"Environment variable of Tollgate that holds the key, where it runs without a cluster. The default is the one that the wire's own SDK reads, such as ANTHROPIC_API_KEY."},"secretRef":{"type":"object","required":["name","key"],"description":"Cluster only. The Secret that holds the key, in Tollgate's namespace.","properties":{"name":{"type":"string","minLength":1,"maxLength":253,"description":"Cluster only. The Secret's name."},"key":{"type":"string","minLength":1,"maxLength":253,"description":"Cluster only. The key in the Secret's data."}},"additionalProperties":false}},"additionalProperties":false},"privateAddresses":{"type":"boolean","default":false,"description":"Whether the host may resolve to a private, loopback, link-local or shared address. Otherwise such an answer is refused."},"proxy":{"type":"string","maxLength":512,"pattern":"^https?://[A-Za-z0-9.\\[\\]:_-]+/?$","description":"HTTP proxy to reach the provider through, by CONNECT. The proxy resolves names then, so that privateAddresses cannot be checked."},"outputCapField":{"type":"string","enum":["max_completion_tokens","max_tokens"],"default":"max_completion_tokens","description":"The field of a chat completion in which this host takes the output cap. Some know only the older max_tokens and would ignore the other; whichever the agent sends, the host gets this one."},"priceList":{"type":"string","minLength":1,"maxLength":64,"description":"Price list of this provider in Tollgate's price table. The default is the manifest's name."},"prices":{"type":"array","default":[],"maxItems":256,"description":"Prices that go before the table's, in US dollars per million tokens; the first match counts.","items":{"type":"object","required":["model","input","output"],"description":"The prices of one model, or of several by a pattern.","properties":{"model":{"type":"string","minLength":1,"maxLength":128,"description":"A model's name; `*` stands for any characters."},"input":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"US dollars per million tokens; with decimals as a string, such as \"3.75\".","type":["integer","string"]},"output":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"US dollars per million tokens.","type":["integer","string"]},"cacheRead":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"Cached input that is read. The default is the price of input.","type":["integer","string"]},"cacheWrite5m":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"Input written to a cache for 5 minutes. The default is 1.25 times the price of input.","type":["integer","string"]},"cacheWrite1h":{"maxLength":18,"pattern":"^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$","minimum":0,"maximum":100000,"description":"Input written to a cache for an hour. The default is twice the price of input.","type":["integer","string"]},"contextWindow":{"type":"integer","minimum":1,"maximum":100000000,"description":"The most input tokens that the model takes."}},"additionalProperties":false}},"allowedFields":{"type":"array","default":[],"maxItems":64,"description":"Request fields, content parts and tool types that Tollgate does not know and that this provider may receive all the same, as refusals name them.","items":{"type":"string","minLength":1,"maxLength":128},"uniqueItems":true},"allowedBetas":{"type":"array","default":[],"maxItems":64,"description":"Beta headers that Tollgate does not know and that this provider may receive all the same.","items":{"type":"string","minLength":1,"maxLength":128},"uniqueItems":true}},"additionalProperties":false}},"additionalProperties":false,"$id":"Provider"};
const func23 = Object.prototype.hasOwnProperty;
const pattern9 = new RegExp("^https?://[A-Za-z0-9.\\[\\]:_-]+(/[A-Za-z0-9._~/-]*)?$", "u");
const pattern11 = new RegExp("^https?://[A-Za-z0-9.\\[\\]:_-]+/?$", "u");
const pattern12 = new RegExp("^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,9})?$", "u");

function validate11(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
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
if(!((((key0 === "apiVersion") || (key0 === "kind")) || (key0 === "metadata")) || (key0 === "spec"))){
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
if(!(func23.call(schema12.properties.spec.properties, key3))){
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
if(!pattern9.test(data10)){
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
const err31 = {instancePath:instancePath+"/spec/wires/" + i0,schemaPath:"#/properties/spec/properties/wires/items/enum",keyword:"enum",params:{allowedValues: schema12.properties.spec.properties.wires.items.enum},message:"must be equal to one of the allowed values"};
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
const err36 = {instancePath:instancePath+"/spec/auth/type",schemaPath:"#/properties/spec/properties/auth/properties/type/enum",keyword:"enum",params:{allowedValues: schema12.properties.spec.properties.auth.properties.type.enum},message:"must be equal to one of the allowed values"};
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
if(!pattern6.test(data15)){
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
if(!pattern11.test(data20)){
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
const err56 = {instancePath:instancePath+"/spec/outputCapField",schemaPath:"#/properties/spec/properties/outputCapField/enum",keyword:"enum",params:{allowedValues: schema12.properties.spec.properties.outputCapField.enum},message:"must be equal to one of the allowed values"};
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
const err68 = {instancePath:instancePath+"/spec/prices/" + i2+"/input",schemaPath:"#/properties/spec/properties/prices/items/properties/input/type",keyword:"type",params:{type: schema12.properties.spec.properties.prices.items.properties.input.type},message:"must be integer,string"};
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
if(!pattern12.test(data26)){
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
const err73 = {instancePath:instancePath+"/spec/prices/" + i2+"/output",schemaPath:"#/properties/spec/properties/prices/items/properties/output/type",keyword:"type",params:{type: schema12.properties.spec.properties.prices.items.properties.output.type},message:"must be integer,string"};
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
if(!pattern12.test(data27)){
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
const err78 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheRead",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheRead/type",keyword:"type",params:{type: schema12.properties.spec.properties.prices.items.properties.cacheRead.type},message:"must be integer,string"};
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
if(!pattern12.test(data28)){
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
const err83 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite5m",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite5m/type",keyword:"type",params:{type: schema12.properties.spec.properties.prices.items.properties.cacheWrite5m.type},message:"must be integer,string"};
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
if(!pattern12.test(data29)){
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
const err88 = {instancePath:instancePath+"/spec/prices/" + i2+"/cacheWrite1h",schemaPath:"#/properties/spec/properties/prices/items/properties/cacheWrite1h/type",keyword:"type",params:{type: schema12.properties.spec.properties.prices.items.properties.cacheWrite1h.type},message:"must be integer,string"};
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
if(!pattern12.test(data30)){
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
validate11.errors = vErrors;
return errors === 0;
}

export const validateToolProfile = validate12;
const schema13 = {"type":"object","description":"What an agent may do: which tools and models it may call, and how. The tier sets the defaults; a field that is given replaces the tier's.","required":["apiVersion","kind","metadata","spec"],"properties":{"apiVersion":{"type":"string","const":"tollgate.dev/v1alpha1"},"kind":{"type":"string","const":"ToolProfile"},"metadata":{"type":"object","description":"Name, and what Kubernetes keeps beside it.","required":["name"],"additionalProperties":true,"properties":{"name":{"type":"string","maxLength":253,"pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},"namespace":{"type":"string","maxLength":63,"pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},"labels":{"type":"object","additionalProperties":{"type":"string"}},"annotations":{"type":"object","additionalProperties":{"type":"string"}}}},"spec":{"type":"object","description":"The tier, and what differs from it.","properties":{"enforce":{"type":"boolean","default":true,"description":"false: everything is judged, recorded and shown, nothing is refused. That is how to start."},"tier":{"type":"string","enum":["locked","web_automation","full_vm_tools"],"default":"locked","description":"Defaults for all the rest. locked: read, think, answer. web_automation: drive web pages and APIs. full_vm_tools: engineer in a disposable machine."},"tools":{"type":"object","default":{},"description":"Which tool calls of a model reach the agent. A call is refused when an entry of deny matches it; else it is allowed when its class is listed or an entry of allow matches it; else it is refused.","properties":{"classes":{"type":"array","maxItems":6,"description":"Classes of tools that are allowed. Tools of unknown class are allowed only by an entry of allow.","items":{"type":"string","enum":["read","search","browse","write","shell","install"]},"uniqueItems":true},"allow":{"type":"array","maxItems":256,"default":[],"description":"Tools that are allowed by name, whatever their class.","items":{"type":"object","required":["name"],"description":"One tool, or several by a pattern.","properties":{"name":{"type":"string","minLength":1,"maxLength":256,"description":"A tool's name; `*` stands for any characters."},"when":{"type":"string","minLength":1,"maxLength":1024,"description":"CEL condition on the call (args, tool, class, workload, labels). A condition that fails to evaluate does not allow."}},"additionalProperties":false}},"deny":{"type":"array","default":[],"maxItems":256,"description":"Tools that are refused, before allow and classes are looked at.","items":{"type":"object","required":["name"],"description":"One tool, or several by a pattern.","properties":{"name":{"type":"string","minLength":1,"maxLength":256,"description":"A tool's name; `*` stands for any characters."},"when":{"type":"string","minLength":1,"maxLength":1024,"description":"CEL condition on the call (args, tool, class, workload, labels). A condition that fails to evaluate denies."},"reason":{"type":"string","minLength":1,"maxLength":256,"description":"A sentence shown to the agent and its user."}},"additionalProperties":false}}},"additionalProperties":false},"models":{"type":"object","default":{},"description":"Which models may be called, under which names, and who answers.","properties":{"allow":{"type":"array","maxItems":128,"description":"Names of models as the provider sees them; `*` stands for any characters. The default is all.","items":{"type":"string","minLength":1,"maxLength":128},"uniqueItems":true},"aliases":{"type":"array","default":[],"maxItems":64,"description":"Names that stand for a model. They are resolved before anything is judged.","items":{"type":"object","required":["name","model"],"description":"One alias.","properties":{"name":{"type":"string","minLength":1,"maxLength":128,"description":"What the agent asks for."},"model":{"type":"string","minLength":1,"maxLength":128,"description":"What the provider is asked for."}},"additionalProperties":false}},"routes":{"type":"array","default":[],"maxItems":64,"description":"Which Provider answers for a model; the first match counts. A model without a route goes to the only Provider of its wire.","items":{"type":"object","required":["model","provider"],"description":"One route.","properties":{"model":{"type":"string","minLength":1,"maxLength":128,"description":"A model's name; `*` stands for any characters."},"provider":{"type":"string","minLength":1,"maxLength":253,"description":"Name of a Provider."}},"additionalProperties":false}},"fallbacks":{"type":"array","default":[],"maxItems":32,"description":"Models to try in order when a provider does not answer or answers 429, 500, 502, 503, 504 or 529 before a body; the first match counts. Each attempt is judged and paid for by itself.","items":{"type":"object","required":["model","to"],"description":"The fallbacks of one model, or of several by a pattern.","properties":{"model":{"type":"string","minLength":1,"maxLength":128,"description":"A model's name; `*` stands for any characters."},"to":{"type":"array","minItems":1,"maxItems":4,"description":"Models to try, in order.","items":{"type":"string","minLength":1,"maxLength":128}}},"additionalProperties":false}},"maxOutputTokens":{"type":"integer","minimum":1,"maximum":1000000,"description":"The most output tokens of one call. A request that asks for more gets this cap."},"defaultOutputTokens":{"type":"integer","minimum":1,"maximum":1000000,"default":16384,"description":"The output cap of a request that names none."}},"additionalProperties":false},"unknownFields":{"type":"string","enum":["refuse","record"],"description":"What happens to a request with a field, content part or tool type that Tollgate does not know. record lets it pass where no limit in USD applies: what is unknown cannot be bounded. The default is record in tier full_vm_tools, refuse in the others."},"unknownBetas":{"type":"string","enum":["remove","refuse"],"default":"remove","description":"What happens to beta headers that Tollgate does not know. remove takes them out and records it."},"audit":{"type":"object","default":{},"description":"What the audit log keeps of an exchange.","properties":{"content":{"type":"string","enum":["none","full"],"default":"none","description":"none: facts only. full: also the messages and replies, encrypted with a key of the session."}},"additionalProperties":false},"network":{"type":"object","description":"Cluster only. What each phase of a run may reach on the network, beside Tollgate itself.","properties":{"setup":{"type":"object","description":"Cluster only. Before the agent runs. The default is allowlist.","properties":{"access":{"type":"string","enum":["full","allowlist","local"],"description":"Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod."},"hosts":{"type":"array","maxItems":256,"description":"Cluster only. Hosts for allowlist; `*.` at the start stands for one label or more.","items":{"type":"string","minLength":1,"maxLength":253},"uniqueItems":true}},"additionalProperties":false},"work":{"type":"object","description":"Cluster only. While the agent runs. The default is local in tier locked, allowlist in the others.","properties":{"access":{"type":"string","enum":["full","allowlist","local"],"description":"Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod."},"hosts":{"type":"array","maxItems":256,"description":"Cluster only. Hosts for allowlist; `*.` at the start stands for one label or more.","items":{"type":"string","minLength":1,"maxLength":253},"uniqueItems":true}},"additionalProperties":false},"teardown":{"type":"object","description":"Cluster only. After the agent ran. The default is allowlist.","properties":{"access":{"type":"string","enum":["full","allowlist","local"],"description":"Cluster only. full is any host but those of providers, allowlist the listed hosts, local nothing outside the pod."},"hosts":{"type":"array","maxItems":256,"description":"Cluster only. Hosts for allowlist; `*.` at the start stands for one label or more.","items":{"type":"string","minLength":1,"maxLength":253},"uniqueItems":true}},"additionalProperties":false}},"additionalProperties":false}},"additionalProperties":false}},"additionalProperties":false,"$id":"ToolProfile"};

function validate12(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
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
if(!((((key0 === "apiVersion") || (key0 === "kind")) || (key0 === "metadata")) || (key0 === "spec"))){
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
const err24 = {instancePath:instancePath+"/spec/tier",schemaPath:"#/properties/spec/properties/tier/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.tier.enum},message:"must be equal to one of the allowed values"};
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
const err28 = {instancePath:instancePath+"/spec/tools/classes/" + i0,schemaPath:"#/properties/spec/properties/tools/properties/classes/items/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.tools.properties.classes.items.enum},message:"must be equal to one of the allowed values"};
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
const err111 = {instancePath:instancePath+"/spec/unknownFields",schemaPath:"#/properties/spec/properties/unknownFields/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.unknownFields.enum},message:"must be equal to one of the allowed values"};
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
const err113 = {instancePath:instancePath+"/spec/unknownBetas",schemaPath:"#/properties/spec/properties/unknownBetas/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.unknownBetas.enum},message:"must be equal to one of the allowed values"};
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
const err116 = {instancePath:instancePath+"/spec/audit/content",schemaPath:"#/properties/spec/properties/audit/properties/content/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.audit.properties.content.enum},message:"must be equal to one of the allowed values"};
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
const err121 = {instancePath:instancePath+"/spec/network/setup/access",schemaPath:"#/properties/spec/properties/network/properties/setup/properties/access/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.network.properties.setup.properties.access.enum},message:"must be equal to one of the allowed values"};
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
}
else {
const err125 = {instancePath:instancePath+"/spec/network/setup/hosts/" + i10,schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err125];
}
else {
vErrors.push(err125);
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
const err126 = {instancePath:instancePath+"/spec/network/setup/hosts",schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/uniqueItems",keyword:"uniqueItems",params:{i: i11, j: j2},message:"must NOT have duplicate items (items ## "+j2+" and "+i11+" are identical)"};
if(vErrors === null){
vErrors = [err126];
}
else {
vErrors.push(err126);
}
errors++;
break;
}
indices2[item2] = i11;
}
}
}
else {
const err127 = {instancePath:instancePath+"/spec/network/setup/hosts",schemaPath:"#/properties/spec/properties/network/properties/setup/properties/hosts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err127];
}
else {
vErrors.push(err127);
}
errors++;
}
}
}
else {
const err128 = {instancePath:instancePath+"/spec/network/setup",schemaPath:"#/properties/spec/properties/network/properties/setup/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err128];
}
else {
vErrors.push(err128);
}
errors++;
}
}
if(data46.work !== undefined){
let data51 = data46.work;
if(data51 && typeof data51 == "object" && !Array.isArray(data51)){
for(const key14 in data51){
if(!((key14 === "access") || (key14 === "hosts"))){
const err129 = {instancePath:instancePath+"/spec/network/work",schemaPath:"#/properties/spec/properties/network/properties/work/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key14},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err129];
}
else {
vErrors.push(err129);
}
errors++;
}
}
if(data51.access !== undefined){
let data52 = data51.access;
if(typeof data52 !== "string"){
const err130 = {instancePath:instancePath+"/spec/network/work/access",schemaPath:"#/properties/spec/properties/network/properties/work/properties/access/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err130];
}
else {
vErrors.push(err130);
}
errors++;
}
if(!(((data52 === "full") || (data52 === "allowlist")) || (data52 === "local"))){
const err131 = {instancePath:instancePath+"/spec/network/work/access",schemaPath:"#/properties/spec/properties/network/properties/work/properties/access/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.network.properties.work.properties.access.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err131];
}
else {
vErrors.push(err131);
}
errors++;
}
}
if(data51.hosts !== undefined){
let data53 = data51.hosts;
if(Array.isArray(data53)){
if(data53.length > 256){
const err132 = {instancePath:instancePath+"/spec/network/work/hosts",schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/maxItems",keyword:"maxItems",params:{limit: 256},message:"must NOT have more than 256 items"};
if(vErrors === null){
vErrors = [err132];
}
else {
vErrors.push(err132);
}
errors++;
}
const len9 = data53.length;
for(let i12=0; i12<len9; i12++){
let data54 = data53[i12];
if(typeof data54 === "string"){
if(func2(data54) > 253){
const err133 = {instancePath:instancePath+"/spec/network/work/hosts/" + i12,schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/items/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err133];
}
else {
vErrors.push(err133);
}
errors++;
}
if(func2(data54) < 1){
const err134 = {instancePath:instancePath+"/spec/network/work/hosts/" + i12,schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err134];
}
else {
vErrors.push(err134);
}
errors++;
}
}
else {
const err135 = {instancePath:instancePath+"/spec/network/work/hosts/" + i12,schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err135];
}
else {
vErrors.push(err135);
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
const err136 = {instancePath:instancePath+"/spec/network/work/hosts",schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/uniqueItems",keyword:"uniqueItems",params:{i: i13, j: j3},message:"must NOT have duplicate items (items ## "+j3+" and "+i13+" are identical)"};
if(vErrors === null){
vErrors = [err136];
}
else {
vErrors.push(err136);
}
errors++;
break;
}
indices3[item3] = i13;
}
}
}
else {
const err137 = {instancePath:instancePath+"/spec/network/work/hosts",schemaPath:"#/properties/spec/properties/network/properties/work/properties/hosts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err137];
}
else {
vErrors.push(err137);
}
errors++;
}
}
}
else {
const err138 = {instancePath:instancePath+"/spec/network/work",schemaPath:"#/properties/spec/properties/network/properties/work/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err138];
}
else {
vErrors.push(err138);
}
errors++;
}
}
if(data46.teardown !== undefined){
let data55 = data46.teardown;
if(data55 && typeof data55 == "object" && !Array.isArray(data55)){
for(const key15 in data55){
if(!((key15 === "access") || (key15 === "hosts"))){
const err139 = {instancePath:instancePath+"/spec/network/teardown",schemaPath:"#/properties/spec/properties/network/properties/teardown/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key15},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err139];
}
else {
vErrors.push(err139);
}
errors++;
}
}
if(data55.access !== undefined){
let data56 = data55.access;
if(typeof data56 !== "string"){
const err140 = {instancePath:instancePath+"/spec/network/teardown/access",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/access/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err140];
}
else {
vErrors.push(err140);
}
errors++;
}
if(!(((data56 === "full") || (data56 === "allowlist")) || (data56 === "local"))){
const err141 = {instancePath:instancePath+"/spec/network/teardown/access",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/access/enum",keyword:"enum",params:{allowedValues: schema13.properties.spec.properties.network.properties.teardown.properties.access.enum},message:"must be equal to one of the allowed values"};
if(vErrors === null){
vErrors = [err141];
}
else {
vErrors.push(err141);
}
errors++;
}
}
if(data55.hosts !== undefined){
let data57 = data55.hosts;
if(Array.isArray(data57)){
if(data57.length > 256){
const err142 = {instancePath:instancePath+"/spec/network/teardown/hosts",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/maxItems",keyword:"maxItems",params:{limit: 256},message:"must NOT have more than 256 items"};
if(vErrors === null){
vErrors = [err142];
}
else {
vErrors.push(err142);
}
errors++;
}
const len10 = data57.length;
for(let i14=0; i14<len10; i14++){
let data58 = data57[i14];
if(typeof data58 === "string"){
if(func2(data58) > 253){
const err143 = {instancePath:instancePath+"/spec/network/teardown/hosts/" + i14,schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/items/maxLength",keyword:"maxLength",params:{limit: 253},message:"must NOT have more than 253 characters"};
if(vErrors === null){
vErrors = [err143];
}
else {
vErrors.push(err143);
}
errors++;
}
if(func2(data58) < 1){
const err144 = {instancePath:instancePath+"/spec/network/teardown/hosts/" + i14,schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"};
if(vErrors === null){
vErrors = [err144];
}
else {
vErrors.push(err144);
}
errors++;
}
}
else {
const err145 = {instancePath:instancePath+"/spec/network/teardown/hosts/" + i14,schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err145];
}
else {
vErrors.push(err145);
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
const err146 = {instancePath:instancePath+"/spec/network/teardown/hosts",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/uniqueItems",keyword:"uniqueItems",params:{i: i15, j: j4},message:"must NOT have duplicate items (items ## "+j4+" and "+i15+" are identical)"};
if(vErrors === null){
vErrors = [err146];
}
else {
vErrors.push(err146);
}
errors++;
break;
}
indices4[item4] = i15;
}
}
}
else {
const err147 = {instancePath:instancePath+"/spec/network/teardown/hosts",schemaPath:"#/properties/spec/properties/network/properties/teardown/properties/hosts/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err147];
}
else {
vErrors.push(err147);
}
errors++;
}
}
}
else {
const err148 = {instancePath:instancePath+"/spec/network/teardown",schemaPath:"#/properties/spec/properties/network/properties/teardown/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err148];
}
else {
vErrors.push(err148);
}
errors++;
}
}
}
else {
const err149 = {instancePath:instancePath+"/spec/network",schemaPath:"#/properties/spec/properties/network/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err149];
}
else {
vErrors.push(err149);
}
errors++;
}
}
}
else {
const err150 = {instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/type",keyword:"type",params:{type: "object"},message:"must be object"};
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
const err151 = {instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err151];
}
else {
vErrors.push(err151);
}
errors++;
}
validate12.errors = vErrors;
return errors === 0;
}

