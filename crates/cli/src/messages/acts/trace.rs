//! What is recorded about goods.

sentences! {
    TraceAct;
    Capture: "{0} records EPCIS documents as they are written, {1} of them: {2}", "{0}按原文记录 {1} 个 EPCIS 文件：{2}";
    Register: "{0} speaks for these parties from now on: {1}", "{0}今后代表以下参与方：{1}";
    Recall: "{0} recalls {1} with everything that came from it, because: {2}", "{0}召回 {1} 及由其产生的一切，理由：{2}";
}
