import * as $protobuf from "protobufjs";
import Long = require("long");

export namespace outrider {

    namespace v1 {

        interface IEnvelope extends outrider.v1.Envelope.$Properties {
        }

        class Envelope {
            constructor(properties?: outrider.v1.Envelope.$Properties);
            $unknowns?: Uint8Array[];
            hello?: (outrider.v1.Hello.$Properties|null);
            welcome?: (outrider.v1.Welcome.$Properties|null);
            schedule?: (outrider.v1.Schedule.$Properties|null);
            results?: (outrider.v1.ResultBatch.$Properties|null);
            ack?: (outrider.v1.Ack.$Properties|null);
            runNow?: (outrider.v1.RunNow.$Properties|null);
            health?: (outrider.v1.Health.$Properties|null);
            healthAck?: (outrider.v1.HealthAck.$Properties|null);
            drain?: (outrider.v1.Drain.$Properties|null);
            goodbye?: (outrider.v1.Goodbye.$Properties|null);
            watchRequest?: (outrider.v1.WatchRequest.$Properties|null);
            watchAnswer?: (outrider.v1.WatchAnswer.$Properties|null);
            evidence?: (outrider.v1.Evidence.$Properties|null);
            evidenceAck?: (outrider.v1.EvidenceAck.$Properties|null);
            challenge?: (outrider.v1.Challenge.$Properties|null);
            proof?: (outrider.v1.Proof.$Properties|null);
            body?: ("hello"|"welcome"|"schedule"|"results"|"ack"|"runNow"|"health"|"healthAck"|"drain"|"goodbye"|"watchRequest"|"watchAnswer"|"evidence"|"evidenceAck"|"challenge"|"proof");
            static create(properties: outrider.v1.Envelope.$Shape): outrider.v1.Envelope & outrider.v1.Envelope.$Shape;
            static create(properties?: outrider.v1.Envelope.$Properties): outrider.v1.Envelope;
            static encode(message: outrider.v1.Envelope.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Envelope & outrider.v1.Envelope.$Shape;
        }

        namespace Envelope {
            interface $Properties {
                hello?: (outrider.v1.Hello.$Properties|null);
                welcome?: (outrider.v1.Welcome.$Properties|null);
                schedule?: (outrider.v1.Schedule.$Properties|null);
                results?: (outrider.v1.ResultBatch.$Properties|null);
                ack?: (outrider.v1.Ack.$Properties|null);
                runNow?: (outrider.v1.RunNow.$Properties|null);
                health?: (outrider.v1.Health.$Properties|null);
                healthAck?: (outrider.v1.HealthAck.$Properties|null);
                drain?: (outrider.v1.Drain.$Properties|null);
                goodbye?: (outrider.v1.Goodbye.$Properties|null);
                watchRequest?: (outrider.v1.WatchRequest.$Properties|null);
                watchAnswer?: (outrider.v1.WatchAnswer.$Properties|null);
                evidence?: (outrider.v1.Evidence.$Properties|null);
                evidenceAck?: (outrider.v1.EvidenceAck.$Properties|null);
                challenge?: (outrider.v1.Challenge.$Properties|null);
                proof?: (outrider.v1.Proof.$Properties|null);
                body?: ("hello"|"welcome"|"schedule"|"results"|"ack"|"runNow"|"health"|"healthAck"|"drain"|"goodbye"|"watchRequest"|"watchAnswer"|"evidence"|"evidenceAck"|"challenge"|"proof");
                $unknowns?: Uint8Array[];
            }
            type $Shape = {
              hello?: outrider.v1.Hello.$Shape|null;
              welcome?: outrider.v1.Welcome.$Shape|null;
              schedule?: outrider.v1.Schedule.$Shape|null;
              results?: outrider.v1.ResultBatch.$Shape|null;
              ack?: outrider.v1.Ack.$Shape|null;
              runNow?: outrider.v1.RunNow.$Shape|null;
              health?: outrider.v1.Health.$Shape|null;
              healthAck?: outrider.v1.HealthAck.$Shape|null;
              drain?: outrider.v1.Drain.$Shape|null;
              goodbye?: outrider.v1.Goodbye.$Shape|null;
              watchRequest?: outrider.v1.WatchRequest.$Shape|null;
              watchAnswer?: outrider.v1.WatchAnswer.$Shape|null;
              evidence?: outrider.v1.Evidence.$Shape|null;
              evidenceAck?: outrider.v1.EvidenceAck.$Shape|null;
              challenge?: outrider.v1.Challenge.$Shape|null;
              proof?: outrider.v1.Proof.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "hello"; hello: outrider.v1.Hello.$Shape; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "welcome"; hello?: null; welcome: outrider.v1.Welcome.$Shape; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "schedule"; hello?: null; welcome?: null; schedule: outrider.v1.Schedule.$Shape; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "results"; hello?: null; welcome?: null; schedule?: null; results: outrider.v1.ResultBatch.$Shape; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "ack"; hello?: null; welcome?: null; schedule?: null; results?: null; ack: outrider.v1.Ack.$Shape; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "runNow"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow: outrider.v1.RunNow.$Shape; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "health"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health: outrider.v1.Health.$Shape; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "healthAck"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck: outrider.v1.HealthAck.$Shape; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "drain"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain: outrider.v1.Drain.$Shape; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "goodbye"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye: outrider.v1.Goodbye.$Shape; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "watchRequest"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest: outrider.v1.WatchRequest.$Shape; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "watchAnswer"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer: outrider.v1.WatchAnswer.$Shape; evidence?: null; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "evidence"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence: outrider.v1.Evidence.$Shape; evidenceAck?: null; challenge?: null; proof?: null }|{ body?: "evidenceAck"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck: outrider.v1.EvidenceAck.$Shape; challenge?: null; proof?: null }|{ body?: "challenge"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge: outrider.v1.Challenge.$Shape; proof?: null }|{ body?: "proof"; hello?: null; welcome?: null; schedule?: null; results?: null; ack?: null; runNow?: null; health?: null; healthAck?: null; drain?: null; goodbye?: null; watchRequest?: null; watchAnswer?: null; evidence?: null; evidenceAck?: null; challenge?: null; proof: outrider.v1.Proof.$Shape })
            );
        }

        interface ILabels extends outrider.v1.Labels.$Properties {
        }

        class Labels {
            constructor(properties?: outrider.v1.Labels.$Properties);
            $unknowns?: Uint8Array[];
            region: string;
            country: string;
            city: string;
            lat: number;
            lon: number;
            asn: number;
            isp: string;
            provider: string;
            network: string;
            tags: string[];
            static create(properties: outrider.v1.Labels.$Shape): outrider.v1.Labels & outrider.v1.Labels.$Shape;
            static create(properties?: outrider.v1.Labels.$Properties): outrider.v1.Labels;
            static encode(message: outrider.v1.Labels.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Labels & outrider.v1.Labels.$Shape;
        }

        namespace Labels {
            interface $Properties {
                region?: (string|null);
                country?: (string|null);
                city?: (string|null);
                lat?: (number|null);
                lon?: (number|null);
                asn?: (number|null);
                isp?: (string|null);
                provider?: (string|null);
                network?: (string|null);
                tags?: (string[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Labels.$Properties;
        }

        interface IHello extends outrider.v1.Hello.$Properties {
        }

        class Hello {
            constructor(properties?: outrider.v1.Hello.$Properties);
            $unknowns?: Uint8Array[];
            versions: number[];
            agent: string;
            boot: string;
            labels?: (outrider.v1.Labels.$Properties|null);
            probeTypes: string[];
            browser: string;
            software: string;
            scheduleRevision: number;
            spooledBoots: string[];
            sentMs: number;
            static create(properties: outrider.v1.Hello.$Shape): outrider.v1.Hello & outrider.v1.Hello.$Shape;
            static create(properties?: outrider.v1.Hello.$Properties): outrider.v1.Hello;
            static encode(message: outrider.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Hello & outrider.v1.Hello.$Shape;
        }

        namespace Hello {
            interface $Properties {
                versions?: (number[]|null);
                agent?: (string|null);
                boot?: (string|null);
                labels?: (outrider.v1.Labels.$Properties|null);
                probeTypes?: (string[]|null);
                browser?: (string|null);
                software?: (string|null);
                scheduleRevision?: (number|null);
                spooledBoots?: (string[]|null);
                sentMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Hello.$Properties;
        }

        interface IChallenge extends outrider.v1.Challenge.$Properties {
        }

        class Challenge {
            constructor(properties?: outrider.v1.Challenge.$Properties);
            $unknowns?: Uint8Array[];
            nonce: Uint8Array;
            collector: string;
            session: string;
            binding: string;
            enrolled: boolean;
            static create(properties: outrider.v1.Challenge.$Shape): outrider.v1.Challenge & outrider.v1.Challenge.$Shape;
            static create(properties?: outrider.v1.Challenge.$Properties): outrider.v1.Challenge;
            static encode(message: outrider.v1.Challenge.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Challenge & outrider.v1.Challenge.$Shape;
        }

        namespace Challenge {
            interface $Properties {
                nonce?: (Uint8Array|null);
                collector?: (string|null);
                session?: (string|null);
                binding?: (string|null);
                enrolled?: (boolean|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Challenge.$Properties;
        }

        interface IProof extends outrider.v1.Proof.$Properties {
        }

        class Proof {
            constructor(properties?: outrider.v1.Proof.$Properties);
            $unknowns?: Uint8Array[];
            publicKey: Uint8Array;
            signature: Uint8Array;
            enrolmentToken: string;
            static create(properties: outrider.v1.Proof.$Shape): outrider.v1.Proof & outrider.v1.Proof.$Shape;
            static create(properties?: outrider.v1.Proof.$Properties): outrider.v1.Proof;
            static encode(message: outrider.v1.Proof.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Proof & outrider.v1.Proof.$Shape;
        }

        namespace Proof {
            interface $Properties {
                publicKey?: (Uint8Array|null);
                signature?: (Uint8Array|null);
                enrolmentToken?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Proof.$Properties;
        }

        interface IWelcome extends outrider.v1.Welcome.$Properties {
        }

        class Welcome {
            constructor(properties?: outrider.v1.Welcome.$Properties);
            $unknowns?: Uint8Array[];
            version: number;
            session: string;
            serverMs: number;
            helloSentMs: number;
            held: { [k: string]: number };
            credit: number;
            schedule?: (outrider.v1.Schedule.$Properties|null);
            watches: boolean;
            evidence: boolean;
            static create(properties: outrider.v1.Welcome.$Shape): outrider.v1.Welcome & outrider.v1.Welcome.$Shape;
            static create(properties?: outrider.v1.Welcome.$Properties): outrider.v1.Welcome;
            static encode(message: outrider.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Welcome & outrider.v1.Welcome.$Shape;
        }

        namespace Welcome {
            interface $Properties {
                version?: (number|null);
                session?: (string|null);
                serverMs?: (number|null);
                helloSentMs?: (number|null);
                held?: ({ [k: string]: number }|null);
                credit?: (number|null);
                schedule?: (outrider.v1.Schedule.$Properties|null);
                watches?: (boolean|null);
                evidence?: (boolean|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Welcome.$Properties;
        }

        interface ITarget extends outrider.v1.Target.$Properties {
        }

        class Target {
            constructor(properties?: outrider.v1.Target.$Properties);
            $unknowns?: Uint8Array[];
            name: string;
            url: string;
            labels: { [k: string]: string };
            static create(properties: outrider.v1.Target.$Shape): outrider.v1.Target & outrider.v1.Target.$Shape;
            static create(properties?: outrider.v1.Target.$Properties): outrider.v1.Target;
            static encode(message: outrider.v1.Target.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Target & outrider.v1.Target.$Shape;
        }

        namespace Target {
            interface $Properties {
                name?: (string|null);
                url?: (string|null);
                labels?: ({ [k: string]: string }|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Target.$Properties;
        }

        interface IAssignment extends outrider.v1.Assignment.$Properties {
        }

        class Assignment {
            constructor(properties?: outrider.v1.Assignment.$Properties);
            $unknowns?: Uint8Array[];
            probe: string;
            type: string;
            target?: (outrider.v1.Target.$Properties|null);
            everyMs: number;
            timeoutMs: number;
            paramsJson: string;
            effectiveFromMs: number;
            secretsJson: string;
            static create(properties: outrider.v1.Assignment.$Shape): outrider.v1.Assignment & outrider.v1.Assignment.$Shape;
            static create(properties?: outrider.v1.Assignment.$Properties): outrider.v1.Assignment;
            static encode(message: outrider.v1.Assignment.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Assignment & outrider.v1.Assignment.$Shape;
        }

        namespace Assignment {
            interface $Properties {
                probe?: (string|null);
                type?: (string|null);
                target?: (outrider.v1.Target.$Properties|null);
                everyMs?: (number|null);
                timeoutMs?: (number|null);
                paramsJson?: (string|null);
                effectiveFromMs?: (number|null);
                secretsJson?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Assignment.$Properties;
        }

        interface ISchedule extends outrider.v1.Schedule.$Properties {
        }

        class Schedule {
            constructor(properties?: outrider.v1.Schedule.$Properties);
            $unknowns?: Uint8Array[];
            revision: number;
            assignments: outrider.v1.Assignment.$Properties[];
            static create(properties: outrider.v1.Schedule.$Shape): outrider.v1.Schedule & outrider.v1.Schedule.$Shape;
            static create(properties?: outrider.v1.Schedule.$Properties): outrider.v1.Schedule;
            static encode(message: outrider.v1.Schedule.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Schedule & outrider.v1.Schedule.$Shape;
        }

        namespace Schedule {
            interface $Properties {
                revision?: (number|null);
                assignments?: (outrider.v1.Assignment.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Schedule.$Properties;
        }

        interface ICheck extends outrider.v1.Check.$Properties {
        }

        class Check {
            constructor(properties?: outrider.v1.Check.$Properties);
            $unknowns?: Uint8Array[];
            probe: number;
            type: number;
            target: number;
            static create(properties: outrider.v1.Check.$Shape): outrider.v1.Check & outrider.v1.Check.$Shape;
            static create(properties?: outrider.v1.Check.$Properties): outrider.v1.Check;
            static encode(message: outrider.v1.Check.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Check & outrider.v1.Check.$Shape;
        }

        namespace Check {
            interface $Properties {
                probe?: (number|null);
                type?: (number|null);
                target?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Check.$Properties;
        }

        interface IEnding extends outrider.v1.Ending.$Properties {
        }

        class Ending {
            constructor(properties?: outrider.v1.Ending.$Properties);
            $unknowns?: Uint8Array[];
            outcome: number;
            layer: number;
            blame: number;
            code: number;
            message: number;
            missedReason: number;
            trigger: number;
            requestId: number;
            static create(properties: outrider.v1.Ending.$Shape): outrider.v1.Ending & outrider.v1.Ending.$Shape;
            static create(properties?: outrider.v1.Ending.$Properties): outrider.v1.Ending;
            static encode(message: outrider.v1.Ending.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Ending & outrider.v1.Ending.$Shape;
        }

        namespace Ending {
            interface $Properties {
                outcome?: (number|null);
                layer?: (number|null);
                blame?: (number|null);
                code?: (number|null);
                message?: (number|null);
                missedReason?: (number|null);
                trigger?: (number|null);
                requestId?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Ending.$Properties;
        }

        interface IShape extends outrider.v1.Shape.$Properties {
        }

        class Shape {
            constructor(properties?: outrider.v1.Shape.$Properties);
            $unknowns?: Uint8Array[];
            metric: number[];
            static create(properties: outrider.v1.Shape.$Shape): outrider.v1.Shape & outrider.v1.Shape.$Shape;
            static create(properties?: outrider.v1.Shape.$Properties): outrider.v1.Shape;
            static encode(message: outrider.v1.Shape.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Shape & outrider.v1.Shape.$Shape;
        }

        namespace Shape {
            interface $Properties {
                metric?: (number[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Shape.$Properties;
        }

        interface IAttributeSet extends outrider.v1.AttributeSet.$Properties {
        }

        class AttributeSet {
            constructor(properties?: outrider.v1.AttributeSet.$Properties);
            $unknowns?: Uint8Array[];
            key: number[];
            value: number[];
            static create(properties: outrider.v1.AttributeSet.$Shape): outrider.v1.AttributeSet & outrider.v1.AttributeSet.$Shape;
            static create(properties?: outrider.v1.AttributeSet.$Properties): outrider.v1.AttributeSet;
            static encode(message: outrider.v1.AttributeSet.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.AttributeSet & outrider.v1.AttributeSet.$Shape;
        }

        namespace AttributeSet {
            interface $Properties {
                key?: (number[]|null);
                value?: (number[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.AttributeSet.$Properties;
        }

        interface IResultBatch extends outrider.v1.ResultBatch.$Properties {
        }

        class ResultBatch {
            constructor(properties?: outrider.v1.ResultBatch.$Properties);
            $unknowns?: Uint8Array[];
            boot: string;
            firstSeq: number;
            strings: string[];
            checks: outrider.v1.Check.$Properties[];
            endings: outrider.v1.Ending.$Properties[];
            shapes: outrider.v1.Shape.$Properties[];
            attributeSets: outrider.v1.AttributeSet.$Properties[];
            skipped: number;
            check: number[];
            scheduledMs: number[];
            latenessUs: number[];
            durationUs: number[];
            ending: number[];
            shape: number[];
            attributeSet: number[];
            values: number[];
            eventLoopDelayUs: number[];
            cpuPermille: number[];
            rssKib: number[];
            clockOffsetMs: number[];
            disturbed: boolean[];
            static create(properties: outrider.v1.ResultBatch.$Shape): outrider.v1.ResultBatch & outrider.v1.ResultBatch.$Shape;
            static create(properties?: outrider.v1.ResultBatch.$Properties): outrider.v1.ResultBatch;
            static encode(message: outrider.v1.ResultBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.ResultBatch & outrider.v1.ResultBatch.$Shape;
        }

        namespace ResultBatch {
            interface $Properties {
                boot?: (string|null);
                firstSeq?: (number|null);
                strings?: (string[]|null);
                checks?: (outrider.v1.Check.$Properties[]|null);
                endings?: (outrider.v1.Ending.$Properties[]|null);
                shapes?: (outrider.v1.Shape.$Properties[]|null);
                attributeSets?: (outrider.v1.AttributeSet.$Properties[]|null);
                skipped?: (number|null);
                check?: (number[]|null);
                scheduledMs?: (number[]|null);
                latenessUs?: (number[]|null);
                durationUs?: (number[]|null);
                ending?: (number[]|null);
                shape?: (number[]|null);
                attributeSet?: (number[]|null);
                values?: (number[]|null);
                eventLoopDelayUs?: (number[]|null);
                cpuPermille?: (number[]|null);
                rssKib?: (number[]|null);
                clockOffsetMs?: (number[]|null);
                disturbed?: (boolean[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.ResultBatch.$Properties;
        }

        interface IAck extends outrider.v1.Ack.$Properties {
        }

        class Ack {
            constructor(properties?: outrider.v1.Ack.$Properties);
            $unknowns?: Uint8Array[];
            boot: string;
            seq: number;
            credit: number;
            static create(properties: outrider.v1.Ack.$Shape): outrider.v1.Ack & outrider.v1.Ack.$Shape;
            static create(properties?: outrider.v1.Ack.$Properties): outrider.v1.Ack;
            static encode(message: outrider.v1.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Ack & outrider.v1.Ack.$Shape;
        }

        namespace Ack {
            interface $Properties {
                boot?: (string|null);
                seq?: (number|null);
                credit?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Ack.$Properties;
        }

        interface IRunNow extends outrider.v1.RunNow.$Properties {
        }

        class RunNow {
            constructor(properties?: outrider.v1.RunNow.$Properties);
            $unknowns?: Uint8Array[];
            requestId: string;
            trigger: string;
            assignment?: (outrider.v1.Assignment.$Properties|null);
            watch?: (outrider.v1.Watch.$Properties|null);
            static create(properties: outrider.v1.RunNow.$Shape): outrider.v1.RunNow & outrider.v1.RunNow.$Shape;
            static create(properties?: outrider.v1.RunNow.$Properties): outrider.v1.RunNow;
            static encode(message: outrider.v1.RunNow.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.RunNow & outrider.v1.RunNow.$Shape;
        }

        namespace RunNow {
            interface $Properties {
                requestId?: (string|null);
                trigger?: (string|null);
                assignment?: (outrider.v1.Assignment.$Properties|null);
                watch?: (outrider.v1.Watch.$Properties|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.RunNow.$Properties;
        }

        interface IWatch extends outrider.v1.Watch.$Properties {
        }

        class Watch {
            constructor(properties?: outrider.v1.Watch.$Properties);
            $unknowns?: Uint8Array[];
            playUrls: string[];
            sinceWallMs: number;
            untilWallMs: number;
            pollMs: number;
            cmcd: string;
            static create(properties: outrider.v1.Watch.$Shape): outrider.v1.Watch & outrider.v1.Watch.$Shape;
            static create(properties?: outrider.v1.Watch.$Properties): outrider.v1.Watch;
            static encode(message: outrider.v1.Watch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Watch & outrider.v1.Watch.$Shape;
        }

        namespace Watch {
            interface $Properties {
                playUrls?: (string[]|null);
                sinceWallMs?: (number|null);
                untilWallMs?: (number|null);
                pollMs?: (number|null);
                cmcd?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Watch.$Properties;
        }

        interface IWatchRequest extends outrider.v1.WatchRequest.$Properties {
        }

        class WatchRequest {
            constructor(properties?: outrider.v1.WatchRequest.$Properties);
            $unknowns?: Uint8Array[];
            run: string;
            probe: string;
            target: string;
            watch?: (outrider.v1.Watch.$Properties|null);
            fromJson: string;
            static create(properties: outrider.v1.WatchRequest.$Shape): outrider.v1.WatchRequest & outrider.v1.WatchRequest.$Shape;
            static create(properties?: outrider.v1.WatchRequest.$Properties): outrider.v1.WatchRequest;
            static encode(message: outrider.v1.WatchRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.WatchRequest & outrider.v1.WatchRequest.$Shape;
        }

        namespace WatchRequest {
            interface $Properties {
                run?: (string|null);
                probe?: (string|null);
                target?: (string|null);
                watch?: (outrider.v1.Watch.$Properties|null);
                fromJson?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.WatchRequest.$Properties;
        }

        interface IWatchReport extends outrider.v1.WatchReport.$Properties {
        }

        class WatchReport {
            constructor(properties?: outrider.v1.WatchReport.$Properties);
            $unknowns?: Uint8Array[];
            agent: string;
            region: string;
            visibleMs?: (number|null);
            missed: string;
            pollMs: number;
            static create(properties: outrider.v1.WatchReport.$Shape): outrider.v1.WatchReport & outrider.v1.WatchReport.$Shape;
            static create(properties?: outrider.v1.WatchReport.$Properties): outrider.v1.WatchReport;
            static encode(message: outrider.v1.WatchReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.WatchReport & outrider.v1.WatchReport.$Shape;
        }

        namespace WatchReport {
            interface $Properties {
                agent?: (string|null);
                region?: (string|null);
                visibleMs?: (number|null);
                missed?: (string|null);
                pollMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.WatchReport.$Properties;
        }

        interface IWatchAnswer extends outrider.v1.WatchAnswer.$Properties {
        }

        class WatchAnswer {
            constructor(properties?: outrider.v1.WatchAnswer.$Properties);
            $unknowns?: Uint8Array[];
            run: string;
            reports: outrider.v1.WatchReport.$Properties[];
            static create(properties: outrider.v1.WatchAnswer.$Shape): outrider.v1.WatchAnswer & outrider.v1.WatchAnswer.$Shape;
            static create(properties?: outrider.v1.WatchAnswer.$Properties): outrider.v1.WatchAnswer;
            static encode(message: outrider.v1.WatchAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.WatchAnswer & outrider.v1.WatchAnswer.$Shape;
        }

        namespace WatchAnswer {
            interface $Properties {
                run?: (string|null);
                reports?: (outrider.v1.WatchReport.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.WatchAnswer.$Properties;
        }

        interface IEvidence extends outrider.v1.Evidence.$Properties {
        }

        class Evidence {
            constructor(properties?: outrider.v1.Evidence.$Properties);
            $unknowns?: Uint8Array[];
            run: string;
            probe: string;
            target: string;
            atMs: number;
            json: string;
            givenUp: number;
            static create(properties: outrider.v1.Evidence.$Shape): outrider.v1.Evidence & outrider.v1.Evidence.$Shape;
            static create(properties?: outrider.v1.Evidence.$Properties): outrider.v1.Evidence;
            static encode(message: outrider.v1.Evidence.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Evidence & outrider.v1.Evidence.$Shape;
        }

        namespace Evidence {
            interface $Properties {
                run?: (string|null);
                probe?: (string|null);
                target?: (string|null);
                atMs?: (number|null);
                json?: (string|null);
                givenUp?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Evidence.$Properties;
        }

        interface IEvidenceAck extends outrider.v1.EvidenceAck.$Properties {
        }

        class EvidenceAck {
            constructor(properties?: outrider.v1.EvidenceAck.$Properties);
            $unknowns?: Uint8Array[];
            run: string;
            retryAfterMs: number;
            static create(properties: outrider.v1.EvidenceAck.$Shape): outrider.v1.EvidenceAck & outrider.v1.EvidenceAck.$Shape;
            static create(properties?: outrider.v1.EvidenceAck.$Properties): outrider.v1.EvidenceAck;
            static encode(message: outrider.v1.EvidenceAck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.EvidenceAck & outrider.v1.EvidenceAck.$Shape;
        }

        namespace EvidenceAck {
            interface $Properties {
                run?: (string|null);
                retryAfterMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.EvidenceAck.$Properties;
        }

        interface IHealth extends outrider.v1.Health.$Properties {
        }

        class Health {
            constructor(properties?: outrider.v1.Health.$Properties);
            $unknowns?: Uint8Array[];
            sentMs: number;
            pending: number;
            running: number;
            dropped: { [k: string]: number };
            scheduleRevision: number;
            eventLoopDelayMs: number;
            cpuRatio: number;
            rssBytes: number;
            clockOffsetMs: number;
            lastError: string;
            spool?: (outrider.v1.SpoolHealth.$Properties|null);
            latenessMs: number;
            light?: (outrider.v1.LaneHealth.$Properties|null);
            browser?: (outrider.v1.LaneHealth.$Properties|null);
            link?: (outrider.v1.LinkHealth.$Properties|null);
            static create(properties: outrider.v1.Health.$Shape): outrider.v1.Health & outrider.v1.Health.$Shape;
            static create(properties?: outrider.v1.Health.$Properties): outrider.v1.Health;
            static encode(message: outrider.v1.Health.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Health & outrider.v1.Health.$Shape;
        }

        namespace Health {
            interface $Properties {
                sentMs?: (number|null);
                pending?: (number|null);
                running?: (number|null);
                dropped?: ({ [k: string]: number }|null);
                scheduleRevision?: (number|null);
                eventLoopDelayMs?: (number|null);
                cpuRatio?: (number|null);
                rssBytes?: (number|null);
                clockOffsetMs?: (number|null);
                lastError?: (string|null);
                spool?: (outrider.v1.SpoolHealth.$Properties|null);
                latenessMs?: (number|null);
                light?: (outrider.v1.LaneHealth.$Properties|null);
                browser?: (outrider.v1.LaneHealth.$Properties|null);
                link?: (outrider.v1.LinkHealth.$Properties|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Health.$Properties;
        }

        interface ISpoolHealth extends outrider.v1.SpoolHealth.$Properties {
        }

        class SpoolHealth {
            constructor(properties?: outrider.v1.SpoolHealth.$Properties);
            $unknowns?: Uint8Array[];
            bytes: number;
            bytesMax: number;
            oldestAgeMs: number;
            ageMaxMs: number;
            inFlight: number;
            lastSeq: number;
            refusing: boolean;
            static create(properties: outrider.v1.SpoolHealth.$Shape): outrider.v1.SpoolHealth & outrider.v1.SpoolHealth.$Shape;
            static create(properties?: outrider.v1.SpoolHealth.$Properties): outrider.v1.SpoolHealth;
            static encode(message: outrider.v1.SpoolHealth.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.SpoolHealth & outrider.v1.SpoolHealth.$Shape;
        }

        namespace SpoolHealth {
            interface $Properties {
                bytes?: (number|null);
                bytesMax?: (number|null);
                oldestAgeMs?: (number|null);
                ageMaxMs?: (number|null);
                inFlight?: (number|null);
                lastSeq?: (number|null);
                refusing?: (boolean|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.SpoolHealth.$Properties;
        }

        interface ILaneHealth extends outrider.v1.LaneHealth.$Properties {
        }

        class LaneHealth {
            constructor(properties?: outrider.v1.LaneHealth.$Properties);
            $unknowns?: Uint8Array[];
            running: number;
            waiting: number;
            static create(properties: outrider.v1.LaneHealth.$Shape): outrider.v1.LaneHealth & outrider.v1.LaneHealth.$Shape;
            static create(properties?: outrider.v1.LaneHealth.$Properties): outrider.v1.LaneHealth;
            static encode(message: outrider.v1.LaneHealth.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.LaneHealth & outrider.v1.LaneHealth.$Shape;
        }

        namespace LaneHealth {
            interface $Properties {
                running?: (number|null);
                waiting?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.LaneHealth.$Properties;
        }

        interface ILinkHealth extends outrider.v1.LinkHealth.$Properties {
        }

        class LinkHealth {
            constructor(properties?: outrider.v1.LinkHealth.$Properties);
            $unknowns?: Uint8Array[];
            sessions: number;
            collector: number;
            collectors: number;
            static create(properties: outrider.v1.LinkHealth.$Shape): outrider.v1.LinkHealth & outrider.v1.LinkHealth.$Shape;
            static create(properties?: outrider.v1.LinkHealth.$Properties): outrider.v1.LinkHealth;
            static encode(message: outrider.v1.LinkHealth.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.LinkHealth & outrider.v1.LinkHealth.$Shape;
        }

        namespace LinkHealth {
            interface $Properties {
                sessions?: (number|null);
                collector?: (number|null);
                collectors?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.LinkHealth.$Properties;
        }

        interface IHealthAck extends outrider.v1.HealthAck.$Properties {
        }

        class HealthAck {
            constructor(properties?: outrider.v1.HealthAck.$Properties);
            $unknowns?: Uint8Array[];
            echoSentMs: number;
            serverMs: number;
            static create(properties: outrider.v1.HealthAck.$Shape): outrider.v1.HealthAck & outrider.v1.HealthAck.$Shape;
            static create(properties?: outrider.v1.HealthAck.$Properties): outrider.v1.HealthAck;
            static encode(message: outrider.v1.HealthAck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.HealthAck & outrider.v1.HealthAck.$Shape;
        }

        namespace HealthAck {
            interface $Properties {
                echoSentMs?: (number|null);
                serverMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.HealthAck.$Properties;
        }

        interface IDrain extends outrider.v1.Drain.$Properties {
        }

        class Drain {
            constructor(properties?: outrider.v1.Drain.$Properties);
            $unknowns?: Uint8Array[];
            retryAfterMs: number;
            static create(properties: outrider.v1.Drain.$Shape): outrider.v1.Drain & outrider.v1.Drain.$Shape;
            static create(properties?: outrider.v1.Drain.$Properties): outrider.v1.Drain;
            static encode(message: outrider.v1.Drain.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Drain & outrider.v1.Drain.$Shape;
        }

        namespace Drain {
            interface $Properties {
                retryAfterMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Drain.$Properties;
        }

        interface IGoodbye extends outrider.v1.Goodbye.$Properties {
        }

        class Goodbye {
            constructor(properties?: outrider.v1.Goodbye.$Properties);
            $unknowns?: Uint8Array[];
            stoppedAtMs: number;
            reason: string;
            static create(properties: outrider.v1.Goodbye.$Shape): outrider.v1.Goodbye & outrider.v1.Goodbye.$Shape;
            static create(properties?: outrider.v1.Goodbye.$Properties): outrider.v1.Goodbye;
            static encode(message: outrider.v1.Goodbye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): outrider.v1.Goodbye & outrider.v1.Goodbye.$Shape;
        }

        namespace Goodbye {
            interface $Properties {
                stoppedAtMs?: (number|null);
                reason?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = outrider.v1.Goodbye.$Properties;
        }
    }
}
